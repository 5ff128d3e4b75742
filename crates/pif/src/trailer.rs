//! The last record of a file, and whether it confirms that the file is whole.

use crate::field::trim_blanks;
use crate::position::Position;

/// The last record of a file, whose first field is `999999`.
///
/// Its other fields are not publicly documented. If one of them is a whole number equal to the
/// number of data records, the file is verified by that field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Where the trailer begins.
    pub position: Position,
    /// The whole line without its line end or end-of-file byte.
    pub text: String,
}

impl Trailer {
    /// The first field of every trailer, where records have their issuer number.
    pub const NUMBER: &'static str = "999999";

    /// Returns the trailer's fields after the first.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.text.split('|').skip(1)
    }

    /// Returns the value of the field with this position, counted from 1 with the `999999` as
    /// field 1, if it is a whole number.
    #[must_use]
    pub fn count(&self, ordinal: usize) -> Option<u64> {
        whole_number(self.text.split('|').nth(ordinal.checked_sub(1)?)?)
    }

    /// Returns the position of the first field that is equal to the number of data records,
    /// counted from 1 with the `999999` as field 1. Nothing is returned for an unverified file.
    ///
    /// Data records are all records but the trailer, bad ones among them.
    #[must_use]
    pub fn verified_by(&self, data_records: u64) -> Option<usize> {
        let index = (self.fields()).position(|field| whole_number(field) == Some(data_records))?;
        Some(index + 2)
    }
}

/// Reads a number as the integers of records are read: with blanks around it and perhaps a sign.
fn whole_number(text: &str) -> Option<u64> {
    trim_blanks(text).parse().ok()
}
