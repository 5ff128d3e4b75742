//! How long ago each kind of file was last loaded, cached for several scrapers.

use std::time::{Duration, Instant};

use cusip_pif::FileKind;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::JobLog;

const TIME_LIMIT: Duration = Duration::from_secs(2);
const CACHED_FOR: Duration = Duration::from_secs(10);

/// The number of seconds since each kind of file was last loaded.
type Ages = Vec<(FileKind, f64)>;

/// Reads the ages from the job log, at most once every ten seconds.
#[derive(Debug)]
pub(crate) struct LoadAges {
    job_log: JobLog,
    cached: Mutex<Option<(Instant, Ages)>>,
}

impl LoadAges {
    pub(crate) fn new(job_log: JobLog) -> Self {
        Self {
            job_log,
            cached: Mutex::new(None),
        }
    }

    /// Returns the ages in seconds. A kind that was never loaded has none.
    pub(crate) async fn seconds(&self) -> Ages {
        let mut cached = self.cached.lock().await;
        let is_stale = (cached.as_ref()).is_none_or(|(read_at, _)| read_at.elapsed() > CACHED_FOR);
        if is_stale && let Ok(Ok(ages)) = timeout(TIME_LIMIT, self.job_log.last_loads()).await {
            *cached = Some((Instant::now(), ages));
        }
        let Some((read_at, ages)) = &*cached else {
            return Vec::new();
        };
        let since = read_at.elapsed().as_secs_f64();
        (ages.iter())
            .map(|(kind, seconds)| (*kind, seconds + since))
            .collect()
    }
}
