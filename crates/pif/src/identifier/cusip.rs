//! CUSIPs as people write them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{IssueNum, IssuerNum, check_digit};

const CUSIP_LENGTH: usize = 9;
const ISIN_LENGTH: usize = 12;
const COUNTRY_LENGTH: usize = 2;

/// The CUSIP of a security: issuer number, issue number and check digit.
///
/// Parses the forms that people use: 8 characters without the check digit, 9 characters with it, or
/// a 12-character ISIN that contains a CUSIP. Accepts lower case and surrounding blanks. Displays as
/// 9 characters.
///
/// ```
/// use cusip_pif::Cusip;
///
/// let apple: Cusip = "037833100".parse()?;
/// assert_eq!(apple.issuer_num().as_str(), "037833");
/// assert_eq!("US0378331005".parse::<Cusip>()?, apple);
/// assert_eq!("03783310".parse::<Cusip>()?.to_string(), "037833100");
/// # Ok::<(), cusip_pif::InvalidCusip>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cusip {
    issuer_num: IssuerNum,
    issue_num: IssueNum,
}

impl Cusip {
    /// Creates the CUSIP of an issue.
    #[must_use]
    pub const fn new(issuer_num: IssuerNum, issue_num: IssueNum) -> Self {
        Self {
            issuer_num,
            issue_num,
        }
    }

    /// Returns the issuer number: characters 1 to 6.
    #[must_use]
    pub const fn issuer_num(self) -> IssuerNum {
        self.issuer_num
    }

    /// Returns the issue number: characters 7 and 8.
    #[must_use]
    pub const fn issue_num(self) -> IssueNum {
        self.issue_num
    }

    /// Returns the check digit: character 9.
    #[must_use]
    pub fn check_digit(self) -> char {
        let [a, b, c, d, e, f] = *self.issuer_num.as_bytes();
        let [g, h] = *self.issue_num.as_bytes();
        check_digit(&[a, b, c, d, e, f, g, h])
            .expect("both numbers have only characters with a value")
    }

    fn from_base(base: &str) -> Option<Self> {
        let (issuer_num, issue_num) = base.split_at_checked(6)?;
        Some(Self::new(
            IssuerNum::parse(issuer_num)?,
            IssueNum::parse(issue_num)?,
        ))
    }
}

/// Why a string is not a CUSIP.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidCusip {
    /// The string has the wrong length or a character that is not allowed in a CUSIP.
    #[error(
        "{0:?} is not a CUSIP: expected 8 characters from 0-9, A-Z, *, @, #, the same with a check digit, or a 12-character ISIN"
    )]
    Form(String),
    /// The check digit of the CUSIP, which may be inside an ISIN, is wrong.
    #[error("{text:?} is not a CUSIP: its check digit should be {expected}")]
    CheckDigit {
        /// The string that was refused.
        text: String,
        /// The correct check digit.
        expected: char,
    },
    /// The check digit of the ISIN is wrong.
    #[error("{text:?} is not an ISIN: its check digit should be {expected}")]
    IsinCheckDigit {
        /// The string that was refused.
        text: String,
        /// The correct check digit.
        expected: char,
    },
}

impl FromStr for Cusip {
    type Err = InvalidCusip;

    fn from_str(text: &str) -> Result<Self, InvalidCusip> {
        let form = || InvalidCusip::Form(text.to_owned());
        let number = text.trim().to_ascii_uppercase();
        if !number.is_ascii() {
            return Err(form());
        }
        let cusip = match number.len() {
            ISIN_LENGTH => {
                let expected = isin_check_digit(&number).ok_or_else(form)?;
                if !number.ends_with(expected) {
                    let text = text.to_owned();
                    return Err(InvalidCusip::IsinCheckDigit { text, expected });
                }
                &number[COUNTRY_LENGTH..COUNTRY_LENGTH + CUSIP_LENGTH]
            }
            _ => &number,
        };
        let found = Self::from_base(&cusip[..cusip.len().min(8)]).ok_or_else(form)?;
        match &cusip[8..] {
            "" => Ok(found),
            digit if digit.len() > 1 => Err(form()),
            digit if digit.starts_with(found.check_digit()) => Ok(found),
            _ => Err(InvalidCusip::CheckDigit {
                text: text.to_owned(),
                expected: found.check_digit(),
            }),
        }
    }
}

impl fmt::Display for Cusip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}{}{}",
            self.issuer_num,
            self.issue_num,
            self.check_digit()
        )
    }
}

/// Computes the check digit of an ISIN from its first eleven characters (ISO 6166, annex A).
///
/// Replaces letters with their two-digit values and applies the Luhn formula to all digits.
fn isin_check_digit(isin: &str) -> Option<char> {
    let (country, rest) = isin.split_at(COUNTRY_LENGTH);
    if !country.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return None;
    }
    let mut digits = Vec::with_capacity(2 * ISIN_LENGTH);
    for character in country.chars().chain(rest.chars().take(CUSIP_LENGTH)) {
        let value = character.to_digit(36)?;
        if value >= 10 {
            digits.push(value / 10);
        }
        digits.push(value % 10);
    }
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(index, digit)| {
            if index % 2 == 0 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                *digit
            }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10)
}
