//! Reads whole numbers on the command line and in the environment.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::builder::TypedValueParser;

/// Returns a parser for numbers in a range. Its error says what is expected, unlike those of `str::parse`.
pub fn whole_number<T>(range: RangeInclusive<T>) -> impl TypedValueParser<Value = T>
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text: &str| {
        // `str::parse` would accept a sign.
        let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = only_digits.then(|| text.parse().ok()).flatten();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (first, last) = (range.start(), range.end());
                format!("it is not a whole number from {first} to {last}")
            })
    }
}
