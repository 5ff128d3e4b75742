//! The current day.

use chrono::{Datelike as _, TimeZone, Utc};
use cusip_pif::Date;

/// Returns the current day in a time zone.
#[must_use]
pub fn today(zone: &impl TimeZone) -> Date {
    let today = Utc::now().with_timezone(zone).date_naive();
    let year = u16::try_from(today.year()).ok();
    let date = year.and_then(|year| Date::new(year, today.month() as u8, today.day() as u8));
    date.expect("today is a day of the calendar")
}
