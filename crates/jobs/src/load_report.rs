//! What a load returns.

use cusip_pif::Date;
use serde::Serialize;

use crate::file::FileOutcome;
use crate::id::JobId;
use crate::reject::Reject;
use crate::reject_group::RejectGroup;
use crate::row_counts::RowCounts;
use crate::wire;

/// The result of a load, the same from the command line and from the API.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoadReport {
    /// The number of the job; null if none was started.
    pub job_id: Option<JobId>,
    /// Whether everything was loaded. If not, nothing was.
    pub success: bool,
    /// The result in a sentence.
    pub message: String,
    /// Whether it was a dry run: everything was done except the commit.
    #[serde(skip_serializing_if = "wire::is_false")]
    pub dry_run: bool,
    /// The day of the files, as `YYYY-MM-DD`; null for files that were named one by one.
    #[serde(serialize_with = "wire::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub date: Option<Date>,
    /// The files, in the order in which they were loaded.
    pub results: Vec<FileOutcome>,
    /// The first rejects of each file. The job log has more of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<Reject>,
    /// The first rejects of each rule and field, with their numbers, for text output.
    #[serde(skip)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub reject_groups: Vec<RejectGroup>,
}

impl LoadReport {
    /// Creates the report of a load that was never started, with the reason.
    #[must_use]
    pub const fn not_started(message: String, date: Option<Date>) -> Self {
        Self {
            job_id: None,
            success: false,
            message,
            dry_run: false,
            date,
            results: Vec::new(),
            rejects: Vec::new(),
            reject_groups: Vec::new(),
        }
    }

    /// Creates the report of a load that succeeded.
    #[must_use]
    pub fn succeeded(
        job: JobId,
        date: Option<Date>,
        dry_run: bool,
        results: Vec<FileOutcome>,
        rejects: Vec<Reject>,
        reject_groups: Vec<RejectGroup>,
    ) -> Self {
        Self {
            job_id: Some(job),
            success: true,
            message: success_message(&results, dry_run),
            dry_run,
            date,
            results,
            rejects,
            reject_groups,
        }
    }
}

/// Returns in a sentence what a load that succeeded did.
pub(crate) fn success_message(files: &[FileOutcome], dry_run: bool) -> String {
    let known = files.iter().filter(|file| file.already_loaded_by.is_some());
    let known = match known.count() {
        0 => String::new(),
        all if all == files.len() => {
            return "nothing to do: every file was loaded before".to_owned();
        }
        1 => ", 1 file was loaded before".to_owned(),
        some => format!(", {some} files were loaded before"),
    };
    let RowCounts {
        read,
        inserted,
        updated,
        unchanged,
        rejected,
        superseded,
    } = files.iter().map(|file| file.counts).sum();
    let loaded = inserted + updated + unchanged;
    let records = if loaded == read {
        format!("{read} records")
    } else {
        format!("{loaded} of {read} records")
    };
    let counts = format!(
        "{records}: {inserted} inserted, {updated} updated, {unchanged} unchanged, {rejected} rejected, {superseded} superseded{known}"
    );
    if dry_run {
        format!("dry run, rolled back: {counts}")
    } else {
        format!("loaded {counts}")
    }
}
