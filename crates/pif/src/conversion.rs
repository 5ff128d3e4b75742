//! Conversions to and from the dates and decimals of other crates, each with its feature.

#[cfg(any(feature = "chrono", feature = "jiff"))]
use crate::date::Date;

/// The error for a date before the year 1 or after the year 9999, which a [`Date`] cannot represent.
#[cfg(any(feature = "chrono", feature = "jiff"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the year of the date must be from 1 to 9999")]
#[non_exhaustive]
pub struct DateOutOfRange;

#[cfg(feature = "chrono")]
impl From<Date> for chrono::NaiveDate {
    fn from(date: Date) -> Self {
        let (year, month, day) = (date.year(), date.month(), date.day());
        Self::from_ymd_opt(year.into(), month.into(), day.into())
            .expect("chrono has every date of the years 1 to 9999")
    }
}

#[cfg(feature = "chrono")]
impl TryFrom<chrono::NaiveDate> for Date {
    type Error = DateOutOfRange;

    fn try_from(date: chrono::NaiveDate) -> Result<Self, DateOutOfRange> {
        use chrono::Datelike as _;

        let year = u16::try_from(date.year()).map_err(|_| DateOutOfRange)?;
        Self::new(year, date.month() as u8, date.day() as u8).ok_or(DateOutOfRange)
    }
}

#[cfg(feature = "jiff")]
impl From<Date> for jiff::civil::Date {
    fn from(date: Date) -> Self {
        Self::constant(date.year() as i16, date.month() as i8, date.day() as i8)
    }
}

#[cfg(feature = "jiff")]
impl TryFrom<jiff::civil::Date> for Date {
    type Error = DateOutOfRange;

    fn try_from(date: jiff::civil::Date) -> Result<Self, DateOutOfRange> {
        let year = u16::try_from(date.year()).map_err(|_| DateOutOfRange)?;
        Self::new(year, date.month() as u8, date.day() as u8).ok_or(DateOutOfRange)
    }
}

/// The error for a number that has too many digits or decimal places for `rust_decimal`.
#[cfg(feature = "rust_decimal")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rust_decimal takes at most 28 decimal places and 96 bits of digits")]
#[non_exhaustive]
pub struct DecimalOutOfRange;

/// Keeps every decimal place.
#[cfg(feature = "rust_decimal")]
impl TryFrom<crate::Decimal> for rust_decimal::Decimal {
    type Error = DecimalOutOfRange;

    fn try_from(decimal: crate::Decimal) -> Result<Self, DecimalOutOfRange> {
        Self::try_from_i128_with_scale(decimal.coefficient(), decimal.scale().into())
            .map_err(|_| DecimalOutOfRange)
    }
}

/// Keeps every decimal place.
#[cfg(feature = "rust_decimal")]
impl From<rust_decimal::Decimal> for crate::Decimal {
    fn from(decimal: rust_decimal::Decimal) -> Self {
        Self::new(decimal.mantissa(), decimal.scale() as u8)
            .expect("rust_decimal has at most 29 digits and 28 decimal places")
    }
}
