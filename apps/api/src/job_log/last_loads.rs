//! When each kind of file was last loaded, cached for several scrapers.

use std::time::{Duration, Instant};

use cusip_postgres::LastLoad;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::JobLog;

const TIME_LIMIT: Duration = Duration::from_secs(2);
const CACHED_FOR: Duration = Duration::from_secs(10);

/// Reads the last loads from the job log, at most once every ten seconds.
#[derive(Debug)]
pub(crate) struct LastLoads {
    job_log: JobLog,
    cached: Mutex<Option<(Instant, Vec<LastLoad>)>>,
}

impl LastLoads {
    pub(crate) fn new(job_log: JobLog) -> Self {
        Self {
            job_log,
            cached: Mutex::new(None),
        }
    }

    /// Returns the last load of each kind, except for kinds that were never loaded.
    pub(crate) async fn get(&self) -> Vec<LastLoad> {
        let mut cached = self.cached.lock().await;
        let is_stale = (cached.as_ref()).is_none_or(|(read_at, _)| read_at.elapsed() > CACHED_FOR);
        if is_stale && let Ok(Ok(loads)) = timeout(TIME_LIMIT, self.job_log.last_loads()).await {
            *cached = Some((Instant::now(), loads));
        }
        let Some((read_at, loads)) = &*cached else {
            return Vec::new();
        };
        let since = read_at.elapsed().as_secs_f64();
        let now = |last: &LastLoad| LastLoad {
            seconds_ago: last.seconds_ago + since,
            ..*last
        };
        loads.iter().map(now).collect()
    }
}
