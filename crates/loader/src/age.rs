//! Compares when a file was modified with its day: names carry no year.

use std::time::{SystemTime, UNIX_EPOCH};

use cusip_pif::Date;
use cusip_source::FileMeta;

use crate::error::Error;

const SECONDS_PER_DAY: i64 = 86_400;

/// Refuses a file that was modified too many days before or after its day; 0 allows any number.
///
/// # Errors
///
/// [`Error::StaleFile`].
pub(crate) fn check_age(meta: &FileMeta, date: Date, max_age_days: u32) -> Result<(), Error> {
    let Some(modified) = meta.last_modified else {
        return Ok(());
    };
    let days = days_since_unix_epoch(modified) - i64::from(date.days_since_unix_epoch());
    if max_age_days == 0 || days.unsigned_abs() <= u64::from(max_age_days) {
        return Ok(());
    }
    Err(Error::StaleFile {
        location: meta.location.clone(),
        date,
        days,
        max_age_days,
    })
}

/// Refuses a day later than tomorrow: its rows would count as newer than those of every day before it.
///
/// Tomorrow's files may be there, because days begin earlier in other time zones.
///
/// # Errors
///
/// [`Error::FutureDay`].
pub fn refuse_future(date: Date, today: Date) -> Result<(), Error> {
    if date.days_since_unix_epoch() > today.days_since_unix_epoch() + 1 {
        return Err(Error::FutureDay { date, today });
    }
    Ok(())
}

/// Returns the day of a point in time, in UTC.
fn days_since_unix_epoch(time: SystemTime) -> i64 {
    let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => signed(since.as_secs()),
        Err(before) => -signed(before.duration().as_secs()),
    };
    seconds.div_euclid(SECONDS_PER_DAY)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn days_after_tomorrow_are_in_the_future() {
        let day = |year, month, day| Date::new(year, month, day).unwrap();
        let today = day(2026, 12, 31);
        for (date, is_refused) in [
            (day(2001, 1, 1), false),
            (today, false),
            (day(2027, 1, 1), false),
            (day(2027, 1, 2), true),
            (day(9999, 12, 31), true),
        ] {
            assert_eq!(refuse_future(date, today).is_err(), is_refused, "{date}");
        }
    }

    #[test]
    fn a_time_belongs_to_its_day_in_utc() {
        let last_second = Duration::from_secs(86_399);
        assert_eq!(days_since_unix_epoch(UNIX_EPOCH), 0);
        assert_eq!(days_since_unix_epoch(UNIX_EPOCH + last_second), 0);
        assert_eq!(days_since_unix_epoch(UNIX_EPOCH - last_second), -1);
        let day = Date::new(2024, 1, 15).unwrap();
        let noon = UNIX_EPOCH + Duration::from_secs(1_705_320_000);
        assert_eq!(
            days_since_unix_epoch(noon),
            i64::from(day.days_since_unix_epoch())
        );
    }
}
