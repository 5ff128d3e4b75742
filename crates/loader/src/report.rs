//! What a load answers with: the same document from the command line and from the API.

mod ledger;

use cusip_pif::FileKind;
use cusip_postgres::RowCounts;
use serde::Serialize;

pub use self::ledger::{JobDocument, JobResult};

use crate::problem::{Reject, wire_name};

/// What became of a load.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// The first rejects of each file. The ledger has all of them, however many there are.
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct FileReport {
    /// Where the file is.
    pub file: String,
    /// Its kind.
    #[serde(rename = "type", serialize_with = "wire_name")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
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
    /// What went wrong with it, or why it was rolled back.
    pub error: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileStatus {
    /// Its load has not ended.
    Running,
    /// Its records are in the database.
    Success,
    /// Something is wrong with it, or with its load, with which it was rolled back.
    Error,
    /// Nothing of it was to be loaded, since it was loaded before, or the load failed before its turn
    /// came.
    Skipped,
}

impl FileReport {
    /// Makes the report of a file of which nothing is known yet.
    pub(crate) const fn new(file: String, kind: FileKind, status: FileStatus) -> Self {
        Self {
            file,
            kind,
            rows_read: 0,
            rows_upserted: 0,
            rows_inserted: 0,
            rows_updated: 0,
            rows_unchanged: 0,
            rows_rejected: 0,
            rows_superseded: 0,
            warnings: Vec::new(),
            status,
            already_loaded_by: None,
            error: None,
        }
    }

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

/// Says in a sentence what a load that succeeded has done.
pub(crate) fn success_message(files: &[FileReport], dry_run: bool) -> String {
    let known = files.iter().filter(|file| file.already_loaded_by.is_some());
    let known = match known.count() {
        0 => String::new(),
        all if all == files.len() => {
            return "nothing to do: every file was loaded before".to_owned();
        }
        1 => ", 1 file was loaded before".to_owned(),
        some => format!(", {some} files were loaded before"),
    };
    let sum = |count: fn(&FileReport) -> u64| -> u64 { files.iter().map(count).sum() };
    let read = sum(|file| file.rows_read);
    let loaded = sum(|file| file.rows_upserted + file.rows_unchanged);
    let records = if loaded == read {
        format!("{read} records")
    } else {
        format!("{loaded} of {read} records")
    };
    let counts = format!(
        "{records}: {} inserted, {} updated, {} unchanged, {} rejected, {} superseded{known}",
        sum(|file| file.rows_inserted),
        sum(|file| file.rows_updated),
        sum(|file| file.rows_unchanged),
        sum(|file| file.rows_rejected),
        sum(|file| file.rows_superseded),
    );
    if dry_run {
        format!("dry run, rolled back: {counts}")
    } else {
        format!("loaded {counts}")
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}
