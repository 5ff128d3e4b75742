//! The names of delivered files.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use thiserror::Error;

use crate::date::Date;
use crate::grammar;
use crate::kind::FileKind;

const A_LEAP_YEAR: u16 = 2000;

/// The name of a delivered file: `CED{mm-dd}{R|E|A}.PIP`.
///
/// It contains the month and day of the delivery and the kind of file, but **no year**: last year's
/// file for the same day has the same name. Parsing ignores case; names display in upper case.
///
/// ```
/// use cusip_pif::{FileKind, PifFileName};
///
/// let name: PifFileName = "ced01-15r.pip".parse()?;
/// assert_eq!((name.month(), name.day(), name.kind()), (1, 15, FileKind::Issuer));
/// assert_eq!(name.to_string(), "CED01-15R.PIP");
/// # Ok::<(), cusip_pif::InvalidFileName>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PifFileName {
    month: u8,
    day: u8,
    kind: FileKind,
}

impl PifFileName {
    /// Returns the name of the file of this kind for this day.
    #[must_use]
    pub const fn new(day: Date, kind: FileKind) -> Self {
        Self {
            month: day.month(),
            day: day.day(),
            kind,
        }
    }

    /// Returns the month of the delivery, from 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Returns the day of the month of the delivery, from 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Returns the kind of file.
    #[must_use]
    pub const fn kind(self) -> FileKind {
        self.kind
    }
}

impl FromStr for PifFileName {
    type Err = InvalidFileName;

    fn from_str(name: &str) -> Result<Self, InvalidFileName> {
        grammar::file_name(name)
            .filter(|&(month, day, _)| Date::new(A_LEAP_YEAR, month, day).is_some())
            .map(|(month, day, kind)| Self { month, day, kind })
            .ok_or_else(|| InvalidFileName {
                name: name.to_owned(),
            })
    }
}

impl fmt::Display for PifFileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { month, day, kind } = self;
        write!(formatter, "CED{month:02}-{day:02}{}.PIP", kind.letter())
    }
}

/// The error for a name that does not have the form `CED{mm-dd}{R|E|A}.PIP`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{name:?} is not the name of a PIF file: expected CEDmm-ddR.PIP (issuers), CEDmm-ddE.PIP (issues) and CEDmm-ddA.PIP (issue attributes)"
)]
pub struct InvalidFileName {
    /// The name that was refused.
    pub name: String,
}
