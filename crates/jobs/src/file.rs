//! The result of one file of a job.

use std::collections::BTreeMap;
use std::time::SystemTime;

use cusip_pif::FileKind;
use serde::Serialize;

use crate::id::{FileId, JobId};
use crate::row_counts::RowCounts;
use crate::status::FileStatus;
use crate::wire;

/// The result of one file of a job, and the file's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileOutcome {
    /// The file's number in the job log; absent if the job ended before the file was read.
    #[serde(rename = "file_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<FileId>,
    /// Where the file is.
    #[serde(rename = "file")]
    pub location: String,
    /// The file's kind.
    #[serde(rename = "type", serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: FileKind,
    /// The number of its records by result.
    #[serde(flatten)]
    pub counts: RowCounts,
    /// Warnings: what is unusual about the file but breaks no rule.
    pub warnings: Vec<String>,
    /// `running`, `success`, `skipped` or `error`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub status: FileStatus,
    /// The job that loaded the same content for the same day before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_loaded_by: Option<JobId>,
    /// What went wrong with the file, or why it was rolled back.
    pub error: Option<String>,
    /// The size in bytes that the source announced.
    pub size: Option<u64>,
    /// The number of bytes read.
    pub bytes_read: u64,
    /// When the file was last modified; in JSON, in UTC as `YYYY-MM-DDTHH:MM:SSZ`.
    #[serde(serialize_with = "wire::time")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub last_modified: Option<SystemTime>,
    /// The object's entity tag.
    pub e_tag: Option<String>,
    /// The object's version.
    pub version_id: Option<String>,
    /// The SHA-256 of the content in hexadecimal digits, if the file was read to its end.
    pub sha256: Option<String>,
    /// The text of the trailer.
    pub trailer: Option<String>,
    /// The trailer's field that confirmed the number of records, from 1.
    pub trailer_field: Option<u16>,
    /// The number of fields that were read as Windows-1252.
    pub windows_1252_fields: u64,
    /// The number of rejects that the job log keeps: only the first ones if there are very many, and none
    /// after they were pruned.
    pub rejects_kept: u64,
    /// The number of rejects for each rule that they break, kept or not.
    pub rejects_by_rule: BTreeMap<String, u64>,
    /// When the rejects were deleted from the job log, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejects_pruned_at: Option<String>,
    /// Milliseconds by phase.
    #[serde(rename = "phase_ms")]
    pub phase_milliseconds: BTreeMap<String, u64>,
}

impl FileOutcome {
    /// Creates the outcome of a file of which only the location is known.
    #[must_use]
    pub const fn new(kind: FileKind, location: String) -> Self {
        Self {
            id: None,
            location,
            kind,
            counts: RowCounts {
                read: 0,
                inserted: 0,
                updated: 0,
                unchanged: 0,
                rejected: 0,
                superseded: 0,
            },
            warnings: Vec::new(),
            status: FileStatus::Skipped,
            already_loaded_by: None,
            error: None,
            size: None,
            bytes_read: 0,
            last_modified: None,
            e_tag: None,
            version_id: None,
            sha256: None,
            trailer: None,
            trailer_field: None,
            windows_1252_fields: 0,
            rejects_kept: 0,
            rejects_by_rule: BTreeMap::new(),
            rejects_pruned_at: None,
            phase_milliseconds: BTreeMap::new(),
        }
    }
}
