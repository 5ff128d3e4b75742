//! A job that has not ended.

use cusip_jobs::JobId;

/// A job that has not ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunningJob {
    /// Its number.
    pub id: JobId,
    /// When it started, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub started_at: String,
    /// The name of the machine that it runs on.
    pub host: Option<String>,
}

/// Returns the SQL that formats a point in time, in UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
pub(crate) fn instant(column: &str) -> String {
    format!(r#"to_char({column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#)
}
