//! Past runs, their files and their rejected records, as the ledger tells them.

use std::fmt;
use std::str::FromStr;

use cusip_pif::FileKind;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use tokio_postgres::Row;

use super::{FileId, RowCounts};

/// A run, as the ledger tells it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Job {
    /// Its number.
    pub job_id: i64,
    /// What was asked for, such as `load-all`.
    pub kind: String,
    /// The day of the files, as `YYYY-MM-DD`; nothing for files that were named one by one.
    pub date: Option<String>,
    /// `running`, `succeeded`, `failed`, `cancelled` or `interrupted`.
    pub status: String,
    /// When it started, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub started_at: String,
    /// When it ended, in the same form; for one that died, when that was noticed.
    pub finished_at: Option<String>,
    /// How long it took.
    pub seconds: Option<f64>,
    /// Who started it.
    pub started_by: String,
    /// The name of the machine that it ran on.
    pub host: Option<String>,
    /// The program: `cli` or `api`.
    pub program: String,
    /// The program's version.
    pub program_version: String,
    /// The run's options.
    pub options: Map<String, Value>,
    /// The stable code of the error that ended it.
    pub error_code: Option<String>,
    /// That error.
    pub error: Option<String>,
    /// When somebody asked for it to be cancelled, UTC.
    pub cancel_requested_at: Option<String>,
    /// How far it has come, while it is running.
    pub progress: Option<JobProgress>,
    /// What became of the records of all its files.
    #[serde(flatten)]
    pub counts: RowCounts,
}

/// How far a run has come, a second ago at most.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct JobProgress {
    /// What it is doing: `finding`, `reading`, `checking`, `merging` or `committing`.
    pub phase: String,
    /// The kind of file that it is doing it with.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The bytes read.
    pub bytes_read: u64,
    /// The bytes of all files that are to be read, once they are known.
    pub bytes_total: Option<u64>,
    /// The records read.
    pub rows_read: u64,
    /// How much of the files has been read, in per cent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub percent: Option<f64>,
}

/// A file of a run, as the ledger tells it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct JobFile {
    /// Its number.
    #[serde(rename = "file_id")]
    pub id: FileId,
    /// Its kind.
    #[serde(rename = "type", serialize_with = "wire_name")]
    pub kind: FileKind,
    /// Where it was read.
    #[serde(rename = "file")]
    pub location: String,
    /// `running`, `succeeded`, `failed`, `skipped`, `cancelled` or `interrupted`.
    pub status: String,
    /// What went wrong with it.
    pub error: Option<String>,
    /// The bytes that the source announced.
    pub size: Option<i64>,
    /// When it was last changed, UTC.
    pub last_modified: Option<String>,
    /// The object's entity tag.
    pub e_tag: Option<String>,
    /// The object's version.
    pub version_id: Option<String>,
    /// The SHA-256 of its content, in hexadecimal digits, if it was read to its end.
    pub sha256: Option<String>,
    /// The text of its trailer.
    pub trailer: Option<String>,
    /// The trailer's field that confirmed the number of records, from 1.
    pub trailer_field: Option<i16>,
    /// The job that had loaded the same content before.
    pub already_loaded_by: Option<i64>,
    /// The bytes read.
    pub bytes_read: i64,
    /// What became of its records.
    #[serde(flatten)]
    pub counts: RowCounts,
    /// The fields that were read as Windows-1252.
    pub windows_1252_fields: i64,
    /// The warnings, as people read them.
    pub warnings: Vec<String>,
    /// Milliseconds by phase.
    pub phase_ms: Map<String, Value>,
}

/// A rejected record, as the ledger tells it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LoggedReject {
    /// The number of its file.
    pub file_id: FileId,
    /// The kind of its file.
    #[serde(rename = "type", serialize_with = "wire_name")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: FileKind,
    /// The record's line, from 1.
    pub line_number: i64,
    /// The offset of the record's first byte, from 0.
    pub byte_offset: i64,
    /// The first field at fault; nothing when the whole record is.
    pub field: Option<String>,
    /// That field's value.
    pub value: Option<String>,
    /// The stable code of the rule that it breaks.
    pub rule: String,
    /// Everything that is wrong with the record.
    pub message: String,
    /// The line's bytes without its line end. In JSON as text, with U+FFFD for what is not UTF-8.
    #[serde(serialize_with = "lossy_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub raw_line: Vec<u8>,
}

/// Where a rejected record stands among those of its run. Written `12-345`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectPlace {
    /// The number of its file.
    pub file: FileId,
    /// Its line, from 1.
    pub line_number: i64,
}

impl LoggedReject {
    /// Returns where the record stands among those of its run.
    #[must_use]
    pub const fn place(&self) -> RejectPlace {
        RejectPlace {
            file: self.file_id,
            line_number: self.line_number,
        }
    }
}

impl fmt::Display for RejectPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.file.0, self.line_number)
    }
}

impl FromStr for RejectPlace {
    type Err = InvalidRejectPlace;

    fn from_str(text: &str) -> Result<Self, InvalidRejectPlace> {
        let number = |text: &str| {
            let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
            only_digits.then(|| text.parse().ok()).flatten()
        };
        let (file, line) = text.split_once('-').ok_or(InvalidRejectPlace)?;
        Ok(Self {
            file: FileId(number(file).ok_or(InvalidRejectPlace)?),
            line_number: number(line).ok_or(InvalidRejectPlace)?,
        })
    }
}

/// A text that is no place of a rejected record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no place among rejects such as 12-345")]
pub struct InvalidRejectPlace;

impl Job {
    pub(super) fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            job_id: row.try_get("id")?,
            kind: row.try_get("kind")?,
            date: row.try_get("load_date")?,
            status: row.try_get("status")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
            seconds: row.try_get("seconds")?,
            started_by: row.try_get("started_by")?,
            host: row.try_get("host")?,
            program: row.try_get("program")?,
            program_version: row.try_get("program_version")?,
            options: object(row.try_get("options")?),
            error_code: row.try_get("error_code")?,
            error: row.try_get("error")?,
            cancel_requested_at: row.try_get("cancel_requested_at")?,
            progress: progress(row)?,
            counts: row_counts(row)?,
        })
    }
}

impl JobFile {
    pub(super) fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let warnings: Value = row.try_get("warnings")?;
        let message = |warning: &Value| Some(warning.get("message")?.as_str()?.to_owned());
        Ok(Self {
            id: FileId(row.try_get("id")?),
            kind: kind(row)?,
            location: row.try_get("location")?,
            status: row.try_get("status")?,
            error: row.try_get("error")?,
            size: row.try_get("size")?,
            last_modified: row.try_get("last_modified")?,
            e_tag: row.try_get("e_tag")?,
            version_id: row.try_get("version_id")?,
            sha256: row.try_get("sha256")?,
            trailer: row.try_get("trailer")?,
            trailer_field: row.try_get("trailer_field")?,
            already_loaded_by: row.try_get("already_loaded_by")?,
            bytes_read: row.try_get("bytes_read")?,
            counts: row_counts(row)?,
            windows_1252_fields: row.try_get("windows_1252_fields")?,
            warnings: (warnings.as_array().into_iter().flatten())
                .filter_map(message)
                .collect(),
            phase_ms: object(row.try_get("phase_ms")?),
        })
    }
}

impl LoggedReject {
    pub(super) fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            file_id: FileId(row.try_get("file_id")?),
            kind: kind(row)?,
            line_number: row.try_get("line_number")?,
            byte_offset: row.try_get("byte_offset")?,
            field: row.try_get("field")?,
            value: row.try_get("value")?,
            rule: row.try_get("rule")?,
            message: row.try_get("message")?,
            raw_line: row.try_get("raw_line")?,
        })
    }
}

fn progress(row: &Row) -> Result<Option<JobProgress>, tokio_postgres::Error> {
    let phase: Option<String> = row.try_get("phase")?;
    let status: &str = row.try_get("status")?;
    let Some(phase) = phase.filter(|_| status == "running") else {
        return Ok(None);
    };
    let bytes_read: i64 = row.try_get("bytes_read")?;
    let bytes_total: Option<i64> = row.try_get("bytes_total")?;
    Ok(Some(JobProgress {
        phase,
        kind: row.try_get("phase_kind")?,
        bytes_read: bytes_read.cast_unsigned(),
        bytes_total: bytes_total.map(i64::cast_unsigned),
        rows_read: row.try_get::<_, i64>("rows_read")?.cast_unsigned(),
        percent: bytes_total.map(|total| percent(bytes_read, total)),
    }))
}

/// Returns a share in per cent with one decimal.
fn percent(part: i64, whole: i64) -> f64 {
    let tenths = i128::from(part.clamp(0, whole)) * 1_000 / i128::from(whole.max(1));
    tenths as f64 / 10.0
}

fn row_counts(row: &Row) -> Result<RowCounts, tokio_postgres::Error> {
    let count = |name: &str| row.try_get::<_, i64>(name).map(i64::cast_unsigned);
    Ok(RowCounts {
        read: count("rows_read")?,
        inserted: count("rows_inserted")?,
        updated: count("rows_updated")?,
        unchanged: count("rows_unchanged")?,
        rejected: count("rows_rejected")?,
        superseded: count("rows_superseded")?,
    })
}

pub(super) fn kind(row: &Row) -> Result<FileKind, tokio_postgres::Error> {
    let name: &str = row.try_get("kind")?;
    Ok(name
        .parse()
        .expect("the ledger's check constraint names the kinds"))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn wire_name<S: Serializer>(kind: &FileKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.wire_name())
}

fn lossy_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}
