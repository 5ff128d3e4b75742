//! Arithmetic with months, and dates as descriptions write them.

use std::ops::{Add, Sub};

use cusip_pif::Date;

/// The last day that every month has.
const LAST_DAY: u8 = 28;

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
    fn american_date_is_month_day_and_year() {
        let mut text = String::new();
        push_american(&mut text, Date::new(2034, 6, 1).unwrap());
        assert_eq!(text, "06/01/2034");
    }
}
