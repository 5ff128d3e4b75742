//! Points in the database's time, and the states at them.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use cusip_pif::Date;
use serde::Serialize;

use crate::id::JobId;
use crate::wire;

const JOB: &str = "job:";
const MOST_DIGITS: usize = 18;

/// Which state of the database to show.
///
/// Parses a day, a time in UTC, or a job:
///
/// ```
/// use cusip_jobs::{AsOf, JobId};
///
/// assert!(matches!("2024-01-15".parse(), Ok(AsOf::Day(_))));
/// assert!(matches!("2024-01-15T18:00:00Z".parse(), Ok(AsOf::Time(_))));
/// assert_eq!("job:7".parse(), Ok(AsOf::Job(JobId(7))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The state after the last load of this day or an earlier one.
    Day(Date),
    /// The state after the last load that was committed by then.
    Time(SystemTime),
    /// The state after this load.
    Job(JobId),
}

impl fmt::Display for AsOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(formatter),
            Self::Time(time) => humantime::format_rfc3339(*time).fmt(formatter),
            Self::Job(job) => write!(formatter, "{JOB}{job}"),
        }
    }
}

impl FromStr for AsOf {
    type Err = InvalidAsOf;

    fn from_str(text: &str) -> Result<Self, InvalidAsOf> {
        if let Some(digits) = text.strip_prefix(JOB) {
            let is_number =
                digits.len() <= MOST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
            let job = is_number.then(|| digits.parse().ok()).flatten();
            return job.map(|job| Self::Job(JobId(job))).ok_or(InvalidAsOf);
        }
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        let time = humantime::parse_rfc3339(text);
        time.map(Self::Time).map_err(|_| InvalidAsOf)
    }
}

/// The error for a string that is not a day, a time in UTC or a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a day (2024-01-15), a time in UTC (2024-01-15T18:00:00Z) or a job (job:7)")]
#[non_exhaustive]
pub struct InvalidAsOf;

/// A state of the database: its tables as a load left them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct State {
    /// The load.
    #[serde(rename = "job_id")]
    pub job: JobId,
    /// The day of the state, as `YYYY-MM-DD`: the day that the load brought; for files that were named
    /// one by one, the day of the load before. Null before the first day.
    #[serde(serialize_with = "wire::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub date: Option<Date>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_displayed_parses() {
        for text in [
            "2024-01-15",
            "2024-01-15T18:00:00Z",
            "2024-01-15T18:00:00.123456000Z",
            "job:7",
        ] {
            let as_of: AsOf = text.parse().unwrap();
            assert_eq!(as_of.to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "7",
            "job:",
            "job:-1",
            "job:x",
            "job:9999999999999999999",
            "2024-02-30",
            "2024-01-15T18:00:00",
            "2024-01-15T18:00:00+01:00",
            "yesterday",
        ] {
            assert_eq!(text.parse::<AsOf>(), Err(InvalidAsOf), "{text}");
        }
    }
}
