//! Issuer numbers, issue numbers, CUSIPs and their check digits.

mod check_digit;
mod cusip;
mod isin;

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::{self, FromStr};

use thiserror::Error;

pub use self::check_digit::check_digit;
pub use self::cusip::{Cusip, InvalidCusip};

/// An issuer number: six characters from `0-9 A-Z * @ #` (issuer file, field 1).
///
/// Numbers compare by bytes, as in sorted files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerNum([u8; 6]);

/// An issue number, unique within its issuer: two characters from `0-9 A-Z * @ #` (issue file,
/// field 2).
///
/// Numbers compare by bytes, as in sorted files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueNum([u8; 2]);

/// What identifies a security or an issuer, as people type it.
///
/// ```
/// use cusip_pif::Identifier;
///
/// assert!(matches!("037833".parse(), Ok(Identifier::Issuer(_))));
/// assert_eq!("037833-10-0".parse(), Ok(Identifier::Security("037833100".parse()?)));
/// # Ok::<(), cusip_pif::InvalidCusip>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// A security.
    Security(Cusip),
    /// An issuer.
    Issuer(IssuerNum),
}

/// Reads an issuer number of six characters, and everything that [`Cusip::parse_loosely`] reads.
impl FromStr for Identifier {
    type Err = InvalidCusip;

    fn from_str(text: &str) -> Result<Self, InvalidCusip> {
        match IssuerNum::parse(&cusip::without_separators(text)) {
            Some(issuer_num) => Ok(Self::Issuer(issuer_num)),
            None => Cusip::parse_loosely(text).map(Self::Security),
        }
    }
}

/// The error for a string that is not an issuer or issue number.
///
/// Its length is wrong, or it has a character outside `0-9 A-Z * @ #`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} must be {length} characters from 0-9, A-Z, *, @, #")]
pub struct InvalidNumber {
    /// The string that was refused.
    pub text: String,
    /// The required number of characters: 6 for an issuer, 2 for an issue.
    pub length: usize,
}

macro_rules! number {
    ($name:ident, $length:literal) => {
        impl $name {
            /// A placeholder for a number that could not be read.
            pub(crate) const ZEROS: Self = Self([b'0'; $length]);

            /// Creates a number, or returns `None` if a character is not in `0-9 A-Z * @ #`.
            #[must_use]
            pub const fn new(characters: [u8; $length]) -> Option<Self> {
                let mut index = 0;
                let mut allowed = true;
                while index < $length {
                    allowed &= check_digit::has_value(characters[index]);
                    index += 1;
                }
                if allowed {
                    Some(Self(characters))
                } else {
                    None
                }
            }

            /// Reads a number, or returns `None` if it is not one.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                Self::new(text.as_bytes().try_into().ok()?)
            }

            /// Returns the number as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                str::from_utf8(&self.0).expect("the constructor accepts only ASCII")
            }

            /// Returns the number as ASCII bytes.
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
