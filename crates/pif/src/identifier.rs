//! Issuer numbers, issue numbers and what is made of them: CUSIP, ISIN, check digit.

mod check_digit;
mod cusip;

use std::fmt;
use std::str::{self, FromStr};

use thiserror::Error;

pub use self::check_digit::check_digit;
pub use self::cusip::{Cusip, InvalidCusip};

/// The number of an issuer: six characters of `0-9 A-Z * @ #` (issuer file, field 1).
///
/// Ordered by bytes, which is the order of the files and of the database's key columns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerNum([u8; 6]);

/// The number of an issue within its issuer: two characters of `0-9 A-Z * @ #` (issue file, field 2).
///
/// Ordered by bytes, which is the order of the files and of the database's key columns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueNum([u8; 2]);

/// A text that is no issuer or issue number: a wrong length, or a character outside `0-9 A-Z * @ #`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is not {length} characters of 0-9, A-Z, *, @ and #")]
pub struct InvalidNumber {
    /// The text as it came.
    pub text: String,
    /// How many characters the number has: 6 for an issuer, 2 for an issue.
    pub length: usize,
}

macro_rules! number {
    ($name:ident, $length:literal) => {
        impl $name {
            /// Stands in the place of a number that could not be read.
            pub(crate) const ZEROS: Self = Self([b'0'; $length]);

            /// Makes the number of its characters, if each of them is one of `0-9 A-Z * @ #`.
            #[must_use]
            pub const fn new(characters: [u8; $length]) -> Option<Self> {
                let mut index = 0;
                let mut allowed = true;
                while index < $length {
                    allowed &= check_digit::counts(characters[index]);
                    index += 1;
                }
                if allowed {
                    Some(Self(characters))
                } else {
                    None
                }
            }

            /// Reads the number from its text.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                Self::new(text.as_bytes().try_into().ok()?)
            }

            /// Returns the number's characters.
            #[must_use]
            pub fn as_str(&self) -> &str {
                str::from_utf8(&self.0).expect("the constructor lets only ASCII in")
            }

            /// Returns the number's characters as ASCII bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidNumber;

            fn from_str(text: &str) -> Result<Self, InvalidNumber> {
                Self::parse(text).ok_or_else(|| InvalidNumber {
                    text: text.to_owned(),
                    length: $length,
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self.as_str())
            }
        }
    };
}

number!(IssuerNum, 6);
number!(IssueNum, 2);
