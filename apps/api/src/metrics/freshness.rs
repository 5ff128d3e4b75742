//! How long ago each kind of file was loaded, which only the ledger knows.

use std::time::{Duration, Instant};

use cusip_pif::FileKind;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::job_log::JobLog;

const LIMIT: Duration = Duration::from_secs(2);
/// Several scrapers ask the ledger once.
const KEPT: Duration = Duration::from_secs(10);

/// How old each kind of file is, in seconds.
type Ages = Vec<(FileKind, f64)>;

/// What the ledger said last, and when.
#[derive(Debug, Default)]
pub(super) struct Freshness(Mutex<Option<(Instant, Ages)>>);

impl Freshness {
    /// Returns the ages in seconds; of a kind that never was loaded, none.
    pub(super) async fn ages(&self, job_log: &JobLog) -> Ages {
        let mut last = self.0.lock().await;
        if last
            .as_ref()
            .is_none_or(|(asked, _)| asked.elapsed() > KEPT)
            && let Ok(Ok(ages)) = timeout(LIMIT, job_log.last_loads()).await
        {
            *last = Some((Instant::now(), ages));
        }
        let Some((asked, ages)) = &*last else {
            return Vec::new();
        };
        let since = asked.elapsed().as_secs_f64();
        (ages.iter())
            .map(|(kind, seconds)| (*kind, seconds + since))
            .collect()
    }
}
