//! Jobs, files and rejects from rows of the job log.

use std::error::Error;
use std::str::FromStr;

use cusip_jobs::{
    FileId, FileOutcome, Job, JobId, JobPhase, JobProgress, JobStatus, Reject, RowCounts,
};
use cusip_pif::{Date, FileKind};
use serde_json::{Map, Value};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Json, Type};

/// A text column that is the name of something.
pub(crate) struct Name<T>(pub(crate) T);

impl<'a, T: FromStr<Err: Error + Send + Sync + 'static>> FromSql<'a> for Name<T> {
    fn from_sql(sql_type: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(<&str>::from_sql(sql_type, raw)?.parse()?))
    }

    fn accepts(sql_type: &Type) -> bool {
        <&str as FromSql>::accepts(sql_type)
    }
}

pub(crate) fn kind(row: &Row, column: &str) -> Result<FileKind, tokio_postgres::Error> {
    row.try_get::<_, Name<FileKind>>(column).map(|kind| kind.0)
}

/// Reads a day that was selected as `YYYY-MM-DD`.
pub(crate) fn day(row: &Row, column: &str) -> Result<Option<Date>, tokio_postgres::Error> {
    let day: Option<Name<Date>> = row.try_get(column)?;
    Ok(day.map(|day| day.0))
}

pub(crate) fn count(row: &Row, column: &str) -> Result<u64, tokio_postgres::Error> {
    row.try_get::<_, i64>(column).map(i64::cast_unsigned)
}

pub(super) fn job(row: &Row) -> Result<Job, tokio_postgres::Error> {
    let status = row.try_get::<_, Name<JobStatus>>("status")?.0;
    Ok(Job {
        id: JobId(row.try_get("id")?),
        kind: row.try_get::<_, Name<_>>("kind")?.0,
        date: day(row, "load_date")?,
        status,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        seconds: row.try_get("seconds")?,
        started_by: row.try_get("started_by")?,
        host: row.try_get("host")?,
        client_address: row.try_get("client_address")?,
        request_id: row.try_get("request_id")?,
        requested_by: row.try_get("requested_by")?,
        program: row.try_get("program")?,
        program_version: row.try_get("program_version")?,
        options: row.try_get::<_, Json<Map<String, Value>>>("options")?.0,
        error_code: row.try_get("error_code")?,
        error: row.try_get("error")?,
        cancel_requested_at: row.try_get("cancel_requested_at")?,
        progress: match status {
            JobStatus::Running => progress(row)?,
            _ => None,
        },
        counts: counts(row)?,
    })
}

pub(super) fn file(row: &Row) -> Result<FileOutcome, tokio_postgres::Error> {
    let Json(warnings): Json<Vec<Value>> = row.try_get("warnings")?;
    let message = |warning: &Value| Some(warning.get("message")?.as_str()?.to_owned());
    Ok(FileOutcome {
        id: Some(FileId(row.try_get("id")?)),
        location: row.try_get("location")?,
        kind: kind(row, "kind")?,
        counts: counts(row)?,
        warnings: warnings.iter().filter_map(message).collect(),
        status: row.try_get::<_, Name<_>>("status")?.0,
        already_loaded_by: row
            .try_get::<_, Option<i64>>("already_loaded_by")?
            .map(JobId),
        error: row.try_get("error")?,
        size: row
            .try_get::<_, Option<i64>>("size")?
            .map(i64::cast_unsigned),
        bytes_read: count(row, "bytes_read")?,
        last_modified: row.try_get("last_modified")?,
        e_tag: row.try_get("e_tag")?,
        version_id: row.try_get("version_id")?,
        sha256: row.try_get("sha256")?,
        trailer: row.try_get("trailer")?,
        trailer_field: (row.try_get::<_, Option<i16>>("trailer_field")?).map(i16::cast_unsigned),
        windows_1252_fields: count(row, "windows_1252_fields")?,
        rejects_kept: count(row, "rejects_kept")?,
        rejects_by_rule: row.try_get::<_, Json<_>>("rejects_by_rule")?.0,
        rejects_pruned_at: row.try_get("rejects_pruned_at")?,
        phase_milliseconds: row.try_get::<_, Json<_>>("phase_ms")?.0,
    })
}

pub(super) fn reject(row: &Row) -> Result<Reject, tokio_postgres::Error> {
    Ok(Reject {
        file_id: Some(FileId(row.try_get("file_id")?)),
        kind: kind(row, "kind")?,
        line_number: count(row, "line_number")?,
        byte_offset: count(row, "byte_offset")?,
        field: row.try_get::<_, Option<String>>("field")?.map(Into::into),
        value: row.try_get("value")?,
        rule: row.try_get::<_, String>("rule")?.into(),
        message: row.try_get("message")?,
        raw_line: Some(row.try_get("raw_line")?),
    })
}

fn progress(row: &Row) -> Result<Option<JobProgress>, tokio_postgres::Error> {
    let Some(Name(phase)) = row.try_get::<_, Option<Name<JobPhase>>>("phase")? else {
        return Ok(None);
    };
    let bytes_read: i64 = row.try_get("bytes_read")?;
    let bytes_total: Option<i64> = row.try_get("bytes_total")?;
    Ok(Some(JobProgress {
        phase,
        kind: row
            .try_get::<_, Option<Name<FileKind>>>("phase_kind")?
            .map(|kind| kind.0),
        bytes_read: bytes_read.cast_unsigned(),
        bytes_total: bytes_total.map(i64::cast_unsigned),
        rows_read: count(row, "rows_read")?,
        percent: row.try_get("percent")?,
    }))
}

pub(super) fn counts(row: &Row) -> Result<RowCounts, tokio_postgres::Error> {
    Ok(RowCounts {
        read: count(row, "rows_read")?,
        inserted: count(row, "rows_inserted")?,
        updated: count(row, "rows_updated")?,
        unchanged: count(row, "rows_unchanged")?,
        rejected: count(row, "rows_rejected")?,
        superseded: count(row, "rows_superseded")?,
    })
}
