//! What names a run everywhere.

use std::fmt;

/// The number of a run in the ledger (`load_job.id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A run that has not ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunningJob {
    /// Its number.
    pub id: JobId,
    /// When it started, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub started_at: String,
}

/// Returns the SQL of a point in time as text, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
pub(crate) fn instant(column: &str) -> String {
    format!(r#"to_char({column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#)
}
