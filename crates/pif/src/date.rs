//! Calendar dates.

use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;
use core::str::{self, FromStr};

const DAYS_BEFORE_UNIX_EPOCH: i32 = 719_468;
const DAYS_IN_FOUR_CENTURIES: i32 = 146_097;

/// A day of the Gregorian calendar, from 0001-01-01 to 9999-12-31.
///
/// Dates compare chronologically and display as `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(
    /// Two bytes for the year, one for the month, one for the day. Comparing the number compares
    /// the dates, and an `Option<Date>` has only four bytes.
    NonZeroU32,
);

impl Date {
    /// Creates a date from year (1 to 9999), month and day, or returns `None` if it does not exist.
    ///
    /// ```
    /// use cusip_pif::Date;
    ///
    /// assert!(Date::new(2024, 2, 29).is_some());
    /// assert!(Date::new(2023, 2, 29).is_none());
    /// ```
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = 1 <= year
            && year <= 9999
            && 1 <= day
            && (day <= 28 && 1 <= month && month <= 12 || day <= days_in_month(year, month));
        if !exists {
            return None;
        }
        let [upper, lower] = year.to_be_bytes();
        match NonZeroU32::new(u32::from_be_bytes([upper, lower, month, day])) {
            Some(date) => Some(Self(date)),
            None => None,
        }
    }

    /// Returns the year, from 1 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        (self.0.get() >> 16) as u16
    }

    /// Returns the month, from 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        (self.0.get() >> 8) as u8
    }

    /// Returns the day of the month, from 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.0.get() as u8
    }

    /// Appends the date as `YYYY-MM-DD`. Faster than formatting it with `Display`.
    ///
    /// ```
    /// # use cusip_pif::Date;
    /// let mut line = b"on ".to_vec();
    /// Date::new(2024, 1, 15).expect("a day").append_to(&mut line);
    /// assert_eq!(line, b"on 2024-01-15");
    /// ```
    pub fn append_to(self, text: &mut Vec<u8>) {
        text.extend_from_slice(&self.text());
    }

    const fn text(self) -> [u8; 10] {
        let [y1, y2] = two_digits((self.year() / 100) as u8);
        let [y3, y4] = two_digits((self.year() % 100) as u8);
        let [m1, m2] = two_digits(self.month());
        let [d1, d2] = two_digits(self.day());
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
    }

    /// Returns the number of days since 1970-01-01, which is negative for earlier dates.
    #[must_use]
    pub const fn days_since_unix_epoch(self) -> i32 {
        // If years start in March, the leap day comes last, so the first day of a month depends only
        // on the month (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let month = self.month() as i32;
        let year = self.year() as i32 - (month <= 2) as i32;
        let century_group = year / 400;
        let year_of_group = year % 400;
        let month_from_march = (month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day() as i32 - 1;
        let day_of_group =
            year_of_group * 365 + year_of_group / 4 - year_of_group / 100 + day_of_year;
        century_group * DAYS_IN_FOUR_CENTURIES + day_of_group - DAYS_BEFORE_UNIX_EPOCH
    }

    /// Creates a date from the number of days since 1970-01-01, or returns `None` if it is not in the years
    /// 1 to 9999.
    ///
    /// ```
    /// use cusip_pif::Date;
    ///
    /// assert_eq!(Date::from_days_since_unix_epoch(19_737), Date::new(2024, 1, 15));
    /// ```
    #[must_use]
    pub const fn from_days_since_unix_epoch(days: i32) -> Option<Self> {
        // The inverse of the method above.
        let days = days as i64 + DAYS_BEFORE_UNIX_EPOCH as i64;
        let century_group = days.div_euclid(DAYS_IN_FOUR_CENTURIES as i64);
        let day_of_group = days.rem_euclid(DAYS_IN_FOUR_CENTURIES as i64);
        let year_of_group = (day_of_group - day_of_group / 1_460 + day_of_group / 36_524
            - day_of_group / (DAYS_IN_FOUR_CENTURIES as i64 - 1))
            / 365;
        let day_of_year =
            day_of_group - (365 * year_of_group + year_of_group / 4 - year_of_group / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = century_group * 400 + year_of_group + (month <= 2) as i64;
        if year < 1 || year > 9999 {
            return None;
        }
        Self::new(year as u16, month as u8, day as u8)
    }
}

/// The error for a string that is not a calendar date in the form `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a calendar date in the form YYYY-MM-DD")]
#[non_exhaustive]
pub struct InvalidDate;

/// Reads only the form `YYYY-MM-DD`.
impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let mut parts = text.splitn(3, '-');
        let mut number = |length| {
            let part = parts.next().filter(|part| part.len() == length)?;
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else {
            return Err(InvalidDate);
        };
        Self::new(year, month as u8, day as u8).ok_or(InvalidDate)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(str::from_utf8(&self.text()).expect("digits and dashes are ASCII"))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Date({self})")
    }
}

const fn two_digits(number: u8) -> [u8; 2] {
    [b'0' + number / 10, b'0' + number % 10]
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_the_unix_epoch() {
        let days = |year, month, day| Date::new(year, month, day).unwrap().days_since_unix_epoch();
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(1969, 12, 31), -1);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(2000, 3, 1), 11_017);
        assert_eq!(days(1, 1, 1), -719_162);
        assert_eq!(days(9999, 12, 31), 2_932_896);
    }

    #[test]
    fn every_date_keeps_its_parts_and_follows_the_day_before() {
        let mut previous = Date::new(1, 1, 1).unwrap().days_since_unix_epoch() - 1;
        for year in 1..=9999 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let days = Date::new(year, month, day).unwrap().days_since_unix_epoch();
                    assert_eq!(days, previous + 1, "{year}-{month}-{day}");
                    let date = Date::new(year, month, day).unwrap();
                    assert_eq!((date.year(), date.month(), date.day()), (year, month, day));
                    assert_eq!(date.to_string(), format!("{year:04}-{month:02}-{day:02}"));
                    previous = days;
                }
            }
        }
    }
}
