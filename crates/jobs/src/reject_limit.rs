//! The number of rejects that a load may have.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

const PER_MILLION_OF_ONE_PERCENT: u32 = 10_000;
const ALL_PER_MILLION: u32 = 100 * PER_MILLION_OF_ONE_PERCENT;
const MOST_DECIMALS: usize = 4;

/// The largest number of rejects that a load accepts, or their largest share of the records read.
///
/// Written `10` or `0.5%`. By default one reject fails the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectLimit(Limit);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Rows(u64),
    PerMillion(u32),
}

impl RejectLimit {
    /// Creates a limit of a number of records.
    #[must_use]
    pub const fn rows(rows: u64) -> Self {
        Self(Limit::Rows(rows))
    }

    /// Returns whether this number of rejects among the records read is within the limit.
    #[must_use]
    pub const fn allows(self, rejected: u64, read: u64) -> bool {
        match self.0 {
            Limit::Rows(rows) => rejected <= rows,
            Limit::PerMillion(share) => {
                rejected as u128 * ALL_PER_MILLION as u128 <= read as u128 * share as u128
            }
        }
    }
}

impl Default for RejectLimit {
    fn default() -> Self {
        Self::rows(0)
    }
}

impl fmt::Display for RejectLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Limit::Rows(rows) => rows.fmt(formatter),
            Limit::PerMillion(share) => {
                let (whole, decimals) = (
                    share / PER_MILLION_OF_ONE_PERCENT,
                    share % PER_MILLION_OF_ONE_PERCENT,
                );
                let decimals = format!("{decimals:04}");
                match decimals.trim_end_matches('0') {
                    "" => write!(formatter, "{whole}%"),
                    decimals => write!(formatter, "{whole}.{decimals}%"),
                }
            }
        }
    }
}

/// A string that is not a limit of rejects.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is neither a number of records such as 10 nor a share such as 0.5% (0% to 100%)")]
pub struct InvalidRejectLimit(String);

impl FromStr for RejectLimit {
    type Err = InvalidRejectLimit;

    fn from_str(text: &str) -> Result<Self, InvalidRejectLimit> {
        let limit = match text.strip_suffix('%') {
            Some(share) => per_million(share).map(Limit::PerMillion),
            None => whole_number(text).map(Limit::Rows),
        };
        limit
            .map(Self)
            .ok_or_else(|| InvalidRejectLimit(text.to_owned()))
    }
}

fn per_million(percent: &str) -> Option<u32> {
    let (whole, decimals) = percent.split_once('.').unwrap_or((percent, "0"));
    let is_long = whole.len() > 2 && whole != "100";
    if is_long || !(1..=MOST_DECIMALS).contains(&decimals.len()) {
        return None;
    }
    let whole = u32::try_from(whole_number(whole)?).ok()?;
    let decimals = whole_number(&format!("{decimals:0<MOST_DECIMALS$}"))?;
    let share = whole.checked_mul(PER_MILLION_OF_ONE_PERCENT)? + decimals as u32;
    (share <= ALL_PER_MILLION).then_some(share)
}

/// Reads digits only: `str::parse` would accept a sign.
fn whole_number(text: &str) -> Option<u64> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_parses_from_what_it_displays() {
        for text in ["0", "10", "0%", "0.5%", "12.25%", "100%", "0.0001%"] {
            assert_eq!(text.parse::<RejectLimit>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_strings_are_refused() {
        for text in [
            "",
            "%",
            "-1",
            "+1",
            "1.5",
            "101%",
            "100.0001%",
            "0.00001%",
            "ten",
            "1 %",
            ".%",
            "1.%",
            "005%",
        ] {
            assert!(text.parse::<RejectLimit>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_allows_its_number_and_no_more() {
        assert!(RejectLimit::default().allows(0, 100));
        assert!(!RejectLimit::default().allows(1, 100));
        let half_a_percent: RejectLimit = "0.5%".parse().unwrap();
        assert!(half_a_percent.allows(1, 200));
        assert!(!half_a_percent.allows(1, 199));
        assert!("100%".parse::<RejectLimit>().unwrap().allows(7, 7));
    }
}
