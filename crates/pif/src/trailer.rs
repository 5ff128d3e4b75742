//! The last line of a file, which can confirm that the file is complete.

use alloc::string::String;

use crate::field::trim_blanks;
use crate::grammar;
use crate::position::Position;

/// The last line of a file: its first field is `999999`, and it may contain the record count.
///
/// The other fields are not publicly documented. If one of them equals the number of data records,
/// that field verifies the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Where the trailer starts.
    pub position: Position,
    /// The whole line without its line ending and end-of-file byte.
    pub text: String,
}

impl Trailer {
    /// The first field of every trailer, in the place of an issuer number.
    pub const NUMBER: &'static str = "999999";

    /// Returns the fields after the first.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.text.split('|').skip(1)
    }

    /// Returns the integer in the field at this position, or `None` if it is not an integer.
    ///
    /// Positions count from 1; the `999999` is field 1.
    #[must_use]
    pub fn count(&self, ordinal: usize) -> Option<u64> {
        whole_number(self.text.split('|').nth(ordinal.checked_sub(1)?)?)
    }

    /// Returns the position of the first field that equals the number of data records.
    ///
    /// Returns `None` if no field does, so the file is unverified. Positions count from 1; the
    /// `999999` is field 1. Data records are all records except the trailer, including bad ones.
    #[must_use]
    pub fn verified_by(&self, data_records: u64) -> Option<usize> {
        let index = (self.fields()).position(|field| whole_number(field) == Some(data_records))?;
        Some(index + 2)
    }
}

/// How to find out from the trailer whether records are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TrailerCount {
    /// Any field may state the number of records. If the trailer has integers other than dates, one
    /// of them must be that number. This is the default, because the fields are not documented.
    #[default]
    AnyField,
    /// The field at this position states the number of records. Positions count from 1.
    Field(usize),
    /// Do not compare the trailer with the number of records.
    Ignore,
}

impl TrailerCount {
    /// Returns the position of the field that verifies the file, or `None` if no field can.
    ///
    /// `Reader::finish` does this; call it if you use a
    /// [`Parser`](crate::Parser).
    ///
    /// # Errors
    ///
    /// [`CountMismatch`], if the trailer states another number than `data_records`.
    pub fn verify(
        self,
        trailer: &Trailer,
        data_records: u64,
    ) -> Result<Option<usize>, CountMismatch> {
        match self {
            Self::Ignore => Ok(None),
            Self::Field(ordinal) if trailer.count(ordinal) == Some(data_records) => {
                Ok(Some(ordinal))
            }
            Self::Field(_) => Err(CountMismatch),
            Self::AnyField => match trailer.verified_by(data_records) {
                None if trailer.fields().any(is_count) => Err(CountMismatch),
                verified_by => Ok(verified_by),
            },
        }
    }
}

/// The error for a trailer that states another number of records than the file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the trailer states another number of records than the file has")]
#[non_exhaustive]
pub struct CountMismatch;

/// Returns whether a field of a trailer can be a number of records.
fn is_count(field: &str) -> bool {
    whole_number(field).is_some() && grammar::date(trim_blanks(field)).is_none()
}

/// Reads an unsigned integer, ignoring surrounding blanks and accepting a plus sign.
fn whole_number(text: &str) -> Option<u64> {
    trim_blanks(text).parse().ok()
}
