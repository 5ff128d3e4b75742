//! How a load's records reach the master tables.

use std::fmt;

/// Rows of a master table take up about one and a half times the space of their records, and reading
/// one costs about a third of what staging and merging a record costs.
const MASTER_BYTES_PER_FILE_BYTE: u64 = 4;

/// How a load's records reach the master tables. One strategy applies to all of a load's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadStrategy {
    /// Copy all records into the empty master tables, then build keys and indexes.
    ///
    /// Does not apply if a table has rows, if the role does not own the tables, if something
    /// defined on them would be lost, or if keys are repeated or parents are missing.
    Bulk,
    /// Copy records into staging tables, check them there, then merge them into the master tables.
    Stage {
        /// Whether to stage only new and changed records. Needs files that are sorted by key, and a
        /// second connection.
        skip_unchanged: bool,
    },
}

impl LoadStrategy {
    /// Stage all records. This always applies.
    pub const STAGE_ALL: Self = Self::Stage {
        skip_unchanged: false,
    };
}

impl fmt::Display for LoadStrategy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bulk => "bulk load",
            Self::Stage {
                skip_unchanged: true,
            } => "staging of new and changed records",
            Self::Stage {
                skip_unchanged: false,
            } => "staging of all records",
        })
    }
}

/// The size of master tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MasterSize {
    /// Whether none of them has a row.
    pub is_empty: bool,
    /// The bytes that their rows take up.
    pub bytes: u64,
}

impl MasterSize {
    /// Returns whether reading the tables, to stage only new and changed records of files of this size,
    /// costs less than staging all records.
    #[must_use]
    pub const fn is_worth_reading(self, file_bytes: u64) -> bool {
        !self.is_empty && self.bytes / MASTER_BYTES_PER_FILE_BYTE <= file_bytes
    }
}
