//! Arithmetic with months, and dates as descriptions write them.

use std::ops::{Add, Sub};

use cusip_pif::Date;

/// The last day that every month has.
const LAST_DAY: u8 = 28;

/// Returns the next day from Monday to Friday, unless it is after the year 9999.
pub(crate) fn next_business_day(date: Date) -> Option<Date> {
    let mut next = next_day(date)?;
    while is_weekend(next) {
        next = next_day(next)?;
    }
    Some(next)
}

fn next_day(date: Date) -> Option<Date> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    Date::new(year, month, day + 1)
        .or_else(|| Date::new(year, month + 1, 1))
        .or_else(|| Date::new(year + 1, 1, 1))
}

fn is_weekend(date: Date) -> bool {
    // 1970-01-01 was a Thursday.
    let since_monday = (date.days_since_unix_epoch() + 3).rem_euclid(7);
    since_monday >= 5
}

/// A month. Months compare chronologically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month(i32);

impl Month {
    /// Returns the month that all dates of a day are relative to: January of the day's year.
    ///
    /// The year is limited to leave room for the past and future of a security.
    pub(crate) fn anchor(day: Date) -> Self {
        Self(i32::from(day.year().clamp(1900, 9900)) * 12)
    }

    /// Returns the month of a day. Its year is limited as that of the anchor.
    pub(crate) fn of(day: Date) -> Self {
        Self::anchor(day) + i32::from(day.month()) - 1
    }

    /// Returns the date of a day in this month, at most the 28th.
    pub(crate) fn day(self, day: u32) -> Date {
        let day = u8::try_from(day).map_or(LAST_DAY, |day| day.clamp(1, LAST_DAY));
        let year = u16::try_from(self.0 / 12).ok();
        let month = (self.0 % 12 + 1) as u8;
        year.and_then(|year| Date::new(year, month, day))
            .expect("the anchor leaves room, and every month has 28 days")
    }
}

impl Add<i32> for Month {
    type Output = Self;

    fn add(self, months: i32) -> Self {
        Self(self.0 + months)
    }
}

impl Sub<i32> for Month {
    type Output = Self;

    fn sub(self, months: i32) -> Self {
        Self(self.0 - months)
    }
}

/// Appends a date as descriptions of securities write it, such as `06/01/2034`.
pub(crate) fn push_american(text: &mut String, date: Date) {
    push_two_digits(text, u32::from(date.month()));
    text.push('/');
    push_two_digits(text, u32::from(date.day()));
    text.push('/');
    push_number(text, u32::from(date.year()));
}

/// Appends an integer.
pub(crate) fn push_number(text: &mut String, number: u32) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push((b'0' + (number % 10) as u8) as char);
}

fn push_two_digits(text: &mut String, number: u32) {
    if number < 10 {
        text.push('0');
    }
    push_number(text, number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn month_arithmetic_crosses_years() {
        let january = Month::anchor(Date::new(2024, 7, 31).unwrap());
        assert_eq!(january.day(1), Date::new(2024, 1, 1).unwrap());
        assert_eq!((january + 13).day(30), Date::new(2025, 2, 28).unwrap());
        assert_eq!((january - 1).day(15), Date::new(2023, 12, 15).unwrap());
    }

    #[test]
    fn business_days_skip_weekends_and_cross_months_and_years() {
        let next = |year, month, day| {
            let next = next_business_day(Date::new(year, month, day).unwrap());
            next.map(|date| date.to_string())
        };
        assert_eq!(next(2024, 2, 28).unwrap(), "2024-02-29");
        assert_eq!(next(2024, 2, 29).unwrap(), "2024-03-01");
        assert_eq!(next(2024, 3, 1).unwrap(), "2024-03-04");
        assert_eq!(next(2024, 3, 2).unwrap(), "2024-03-04");
        assert_eq!(next(2024, 12, 31).unwrap(), "2025-01-01");
        assert_eq!(next(9999, 12, 31), None);
    }

    #[test]
    fn american_date_is_month_day_and_year() {
        let mut text = String::new();
        push_american(&mut text, Date::new(2034, 6, 1).unwrap());
        assert_eq!(text, "06/01/2034");
    }
}
