//! What a load answers with: the same document from the command line and from the API.

use cusip_pif::FileKind;
use cusip_postgres::RowCounts;
use serde::Serialize;

use crate::problem::{Reject, wire_name};

/// What became of a load.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LoadReport {
    /// The number of the run in the ledger; nothing if it never got there.
    pub job_id: Option<i64>,
    /// Whether everything was loaded. If not, nothing was.
    pub success: bool,
    /// What became of it, in a sentence.
    pub message: String,
    /// Whether it was a dry run: everything was done but the commit.
    #[serde(skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// The day of the files, as `YYYY-MM-DD`; nothing for files that were named one by one.
    pub date: Option<String>,
    /// The files in the order in which they were loaded.
    pub results: Vec<FileReport>,
    /// The first rejects of each file, found while it was read, and the first ones found while it was
    /// held against the database: at most 1,000 and 1 MiB each. The ledger has all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<Reject>,
}

impl LoadReport {
    /// Makes the report of a load that never began, with the reason.
    #[must_use]
    pub const fn not_begun(message: String, date: Option<String>) -> Self {
        Self {
            job_id: None,
            success: false,
            message,
            dry_run: false,
            date,
            results: Vec::new(),
            rejects: Vec::new(),
        }
    }
}

/// What became of one file of a load.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FileReport {
    /// Where the file is.
    pub file: String,
    /// Its kind.
    #[serde(rename = "type", serialize_with = "wire_name")]
    pub kind: FileKind,
    /// How many records it has, the trailer not counted.
    pub rows_read: u64,
    /// How many records were written: inserted or updated.
    pub rows_upserted: u64,
    /// How many records were new.
    pub rows_inserted: u64,
    /// How many records changed a row.
    pub rows_updated: u64,
    /// How many records were in the database already.
    pub rows_unchanged: u64,
    /// How many records break a rule.
    pub rows_rejected: u64,
    /// How many records came again later in the file.
    pub rows_superseded: u64,
    /// What is odd about the file, though no rule is broken.
    pub warnings: Vec<String>,
    /// What became of the file.
    pub status: FileStatus,
    /// The job that had loaded the same content for the same day before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_loaded_by: Option<i64>,
    /// What went wrong with it.
    pub error: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileStatus {
    /// Its records are in the database.
    Success,
    /// Something is wrong with it.
    Error,
    /// Nothing is wrong with it, but nothing of it was loaded: it was loaded before, or the load
    /// failed over another file.
    Skipped,
}

impl FileReport {
    pub(crate) fn set_counts(&mut self, counts: RowCounts) {
        self.rows_read = counts.read;
        self.rows_upserted = counts.inserted + counts.updated;
        self.rows_inserted = counts.inserted;
        self.rows_updated = counts.updated;
        self.rows_unchanged = counts.unchanged;
        self.rows_rejected = counts.rejected;
        self.rows_superseded = counts.superseded;
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}
