//! CUSIPs as people write them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::{self, FromStr};

use thiserror::Error;

use super::{IssueNum, IssuerNum, check_digit, isin};

/// The length of a CUSIP with its check digit.
const LENGTH: usize = 9;

/// The CUSIP of a security: issuer number, issue number and check digit.
///
/// Programs should say which form they expect: [`from_9`](Self::from_9), [`from_8`](Self::from_8) or
/// [`from_isin`](Self::from_isin). [`FromStr`] is `from_9`. Use
/// [`parse_loosely`](Self::parse_loosely) for what people type. Displays as 9 characters.
///
/// ```
/// use cusip_pif::Cusip;
///
/// let apple = Cusip::from_9("037833100")?;
/// assert_eq!(apple.issuer_num().as_str(), "037833");
/// assert_eq!(Cusip::from_8("03783310")?, apple);
/// assert_eq!(Cusip::from_isin("US0378331005")?, apple);
/// assert_eq!(Cusip::parse_loosely(" us 037833-10-0 5")?, apple);
/// assert!("us0378331005".parse::<Cusip>().is_err());
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

    /// Reads exactly nine characters: issuer number, issue number and check digit.
    ///
    /// # Errors
    ///
    /// [`InvalidCusip::Form`], if the text has another length or a character outside
    /// `0-9 A-Z * @ #`. [`InvalidCusip::CheckDigit`], if the last character is not the check digit.
    pub fn from_9(text: &str) -> Result<Self, InvalidCusip> {
        match text.split_at_checked(LENGTH - 1) {
            Some((base, digit)) if digit.len() == 1 => from_parts(base, digit, text),
            _ => Err(InvalidCusip::Form(text.to_owned())),
        }
    }

    /// Reads exactly eight characters: issuer number and issue number, without a check digit.
    ///
    /// # Errors
    ///
    /// [`InvalidCusip::Form`], if the text has another length or a character outside
    /// `0-9 A-Z * @ #`.
    pub fn from_8(text: &str) -> Result<Self, InvalidCusip> {
        Self::from_base(text).ok_or_else(|| InvalidCusip::Form(text.to_owned()))
    }

    /// Extracts the CUSIP or CINS number from an ISIN of exactly twelve characters.
    ///
    /// ```
    /// use cusip_pif::{Cusip, InvalidCusip};
    ///
    /// assert_eq!(Cusip::from_isin("US0378331005")?.to_string(), "037833100");
    /// // French ISINs contain no CUSIP, even if a part of one looks like it.
    /// let error = Cusip::from_isin("FR0000131104").expect_err("it is French");
    /// assert!(matches!(error, InvalidCusip::ForeignIsin { .. }));
    /// # Ok::<(), InvalidCusip>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidCusip::Form`], if the text is not an ISIN. [`InvalidCusip::IsinCheckDigit`] and
    /// [`InvalidCusip::CheckDigit`], if a check digit is wrong. [`InvalidCusip::ForeignIsin`], if
    /// ISINs of the country do not contain a CUSIP.
    pub fn from_isin(text: &str) -> Result<Self, InvalidCusip> {
        if text.len() != isin::LENGTH || !text.is_ascii() {
            return Err(InvalidCusip::Form(text.to_owned()));
        }
        from_isin(text, || text.to_owned())
    }

    /// Reads any form that people type or paste.
    ///
    /// Accepts 8 characters without the check digit, 9 characters with it, and an ISIN of a country
    /// whose ISINs contain a CUSIP, in lower or upper case, with blanks and dashes anywhere.
    ///
    /// # Errors
    ///
    /// Every variant of [`InvalidCusip`]. [`InvalidCusip::LeadingZeros`] suggests the CUSIP that a
    /// spreadsheet cut short.
    pub fn parse_loosely(text: &str) -> Result<Self, InvalidCusip> {
        let number = without_separators(text);
        if number.len() == isin::LENGTH && number.is_ascii() {
            return from_isin(&number, || text.to_owned());
        }
        match number.split_at_checked(LENGTH - 1) {
            Some((base, digit)) if digit.len() <= 1 => from_parts(base, digit, text),
            _ => Err(invalid_length(text.to_owned())),
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

    /// Restores a CUSIP of nine characters that has lost its leading zeros, as in a spreadsheet.
    ///
    /// Returns `None` if the text has nine characters or more, or if its last character is not the
    /// check digit of the restored number. Then it has not lost zeros.
    ///
    /// ```
    /// use cusip_pif::Cusip;
    ///
    /// let apple = Cusip::with_leading_zeros("37833100");
    /// assert_eq!(apple, Some("037833100".parse()?));
    /// assert_eq!(Cusip::with_leading_zeros("37833101"), None);
    /// # Ok::<(), cusip_pif::InvalidCusip>(())
    /// ```
    #[must_use]
    pub fn with_leading_zeros(text: &str) -> Option<Self> {
        let number = without_separators(text);
        let is_shorter = (1..LENGTH).contains(&number.chars().count());
        is_shorter.then(|| format!("{number:0>LENGTH$}").parse().ok())?
    }

    /// Returns the ISIN of a security that is numbered in this country, such as `US`.
    ///
    /// Returns `None` if ISINs of the country do not contain this CUSIP: those of Germany contain
    /// none, and those of the United States no CINS number.
    ///
    /// ```
    /// use cusip_pif::Cusip;
    ///
    /// let apple: Cusip = "037833100".parse()?;
    /// assert_eq!(apple.to_isin("US").as_deref(), Some("US0378331005"));
    /// assert_eq!(apple.to_isin("DE"), None);
    /// # Ok::<(), cusip_pif::InvalidCusip>(())
    /// ```
    #[must_use]
    pub fn to_isin(self, country: &str) -> Option<String> {
        let cusip = self.to_string();
        let number = format!("{country}{cusip}");
        let digit = isin::check_digit(&number)?;
        isin::contains(country, &cusip).then(|| format!("{number}{digit}"))
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
    /// The string is too short, but leading zeros make it a CUSIP.
    #[error("{text:?} is too short for a CUSIP; with leading zeros it is {cusip}")]
    LeadingZeros {
        /// The string that was refused.
        text: String,
        /// The CUSIP with the leading zeros.
        cusip: Cusip,
    },
    /// The string is a valid ISIN that contains no CUSIP.
    #[error("{text:?} is a valid ISIN, but ISINs that begin with {country} do not contain a CUSIP")]
    ForeignIsin {
        /// The string that was refused.
        text: String,
        /// The country of the ISIN, such as `DE`.
        country: String,
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

/// Reads exactly nine characters, like [`from_9`](Cusip::from_9).
impl FromStr for Cusip {
    type Err = InvalidCusip;

    fn from_str(text: &str) -> Result<Self, InvalidCusip> {
        Self::from_9(text)
    }
}

/// Reads issuer and issue number, and checks the check digit unless it is empty.
fn from_parts(base: &str, digit: &str, text: &str) -> Result<Cusip, InvalidCusip> {
    let found = Cusip::from_base(base).ok_or_else(|| InvalidCusip::Form(text.to_owned()))?;
    let expected = found.check_digit();
    if digit.is_empty() || digit.starts_with(expected) {
        return Ok(found);
    }
    let text = text.to_owned();
    Err(InvalidCusip::CheckDigit { text, expected })
}

/// Extracts the CUSIP from an ISIN.
fn from_isin(number: &str, text: impl Fn() -> String) -> Result<Cusip, InvalidCusip> {
    let (body, digit) = number.split_at(isin::LENGTH - 1);
    let expected = isin::check_digit(body).ok_or_else(|| InvalidCusip::Form(text()))?;
    if !digit.starts_with(expected) {
        let text = text();
        return Err(InvalidCusip::IsinCheckDigit { text, expected });
    }
    let (country, cusip) = body.split_at(2);
    match Cusip::from_9(cusip) {
        Ok(found) if isin::contains(country, cusip) => Ok(found),
        Err(InvalidCusip::CheckDigit { expected, .. }) if isin::always_contain_cusips(country) => {
            let text = text();
            Err(InvalidCusip::CheckDigit { text, expected })
        }
        _ => Err(InvalidCusip::ForeignIsin {
            text: text(),
            country: country.to_owned(),
        }),
    }
}

/// Returns the error for a wrong length, which may be due to lost leading zeros.
fn invalid_length(text: String) -> InvalidCusip {
    match Cusip::with_leading_zeros(&text) {
        Some(cusip) => InvalidCusip::LeadingZeros { text, cusip },
        None => InvalidCusip::Form(text),
    }
}

/// Returns an identifier in upper case, without blanks and dashes.
pub(super) fn without_separators(text: &str) -> String {
    let is_separator = |character: char| character.is_whitespace() || character == '-';
    let number: String = text.chars().filter(|&c| !is_separator(c)).collect();
    number.to_ascii_uppercase()
}

impl fmt::Display for Cusip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = [0; LENGTH];
        characters[..6].copy_from_slice(self.issuer_num.as_bytes());
        characters[6..8].copy_from_slice(self.issue_num.as_bytes());
        characters[8] = self.check_digit() as u8;
        formatter.pad(str::from_utf8(&characters).expect("all characters are ASCII"))
    }
}
