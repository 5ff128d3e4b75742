//! The results of a file's records, counted.

use std::iter::Sum;
use std::ops::Add;

use serde::Serialize;

/// The number of records by result: `read` is the sum of the other five.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(into = "Answer")]
pub struct RowCounts {
    /// All data records of the file.
    pub read: u64,
    /// Records that are new in the master table.
    pub inserted: u64,
    /// Records that changed a row of the master table.
    pub updated: u64,
    /// Records that the master table already has; nothing was written for them.
    pub unchanged: u64,
    /// Records that break a rule.
    pub rejected: u64,
    /// Records whose key is repeated later in the file.
    pub superseded: u64,
}

impl RowCounts {
    /// Returns the counts of a load that was rolled back: nothing was inserted, updated or unchanged.
    #[must_use]
    pub fn rolled_back(self) -> Self {
        Self {
            inserted: 0,
            updated: 0,
            unchanged: 0,
            ..self
        }
    }
}

impl Add for RowCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            read: self.read + other.read,
            inserted: self.inserted + other.inserted,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            rejected: self.rejected + other.rejected,
            superseded: self.superseded + other.superseded,
        }
    }
}

impl Sum for RowCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

/// The counts in JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Answer {
    /// All data records, without the trailer.
    rows_read: u64,
    /// Records that were written: inserted or updated.
    rows_upserted: u64,
    /// Records that were new.
    rows_inserted: u64,
    /// Records that changed a row.
    rows_updated: u64,
    /// Records that the database already had.
    rows_unchanged: u64,
    /// Records that break a rule.
    rows_rejected: u64,
    /// Records whose key is repeated later in the file.
    rows_superseded: u64,
}

impl From<RowCounts> for Answer {
    fn from(counts: RowCounts) -> Self {
        Self {
            rows_read: counts.read,
            rows_upserted: counts.inserted + counts.updated,
            rows_inserted: counts.inserted,
            rows_updated: counts.updated,
            rows_unchanged: counts.unchanged,
            rows_rejected: counts.rejected,
            rows_superseded: counts.superseded,
        }
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for RowCounts {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Answer::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for RowCounts {}
