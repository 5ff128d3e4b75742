//! The ledger's rows of files.

use cusip_pif::FileKind;
use serde::Serialize;
use serde_json::json;
use tokio_postgres::Client;
use tokio_postgres::types::{Json, ToSql};

use crate::database::Database;
use crate::error::Error;
use crate::job::JobId;

/// The number of a file in the ledger (`load_file.id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileId(pub i64);

/// One file of a run, as the ledger keeps it.
#[derive(Debug, Clone)]
pub struct FileEntry {
    /// The file's row, if [`Load::start_file`](crate::Load::start_file) has entered it.
    pub id: Option<FileId>,
    /// The file's kind.
    pub kind: FileKind,
    /// The day of the file, as `YYYY-MM-DD`; nothing for a file that was named by itself.
    pub load_date: Option<String>,
    /// Where the file is.
    pub location: String,
    /// The bytes that the source announced.
    pub size: Option<u64>,
    /// When the file was last changed, in microseconds since 1970-01-01 UTC.
    pub last_modified_micros: Option<i64>,
    /// The object's entity tag.
    pub e_tag: Option<String>,
    /// The object's version.
    pub version_id: Option<String>,
    /// The SHA-256 of the whole content, if it was read to its end.
    pub sha256: Option<[u8; 32]>,
    /// The text of the trailer.
    pub trailer: Option<String>,
    /// The trailer's field that confirmed the number of records, from 1.
    pub trailer_field: Option<usize>,
    /// The bytes read.
    pub bytes_read: u64,
    /// What became of the records.
    pub counts: RowCounts,
    /// The fields that were read as Windows-1252.
    pub windows_1252_fields: u64,
    /// The warnings, as people read them.
    pub warnings: Vec<String>,
    /// Milliseconds by phase.
    pub phase_milliseconds: Vec<(&'static str, u64)>,
    /// What became of the file.
    pub outcome: FileOutcome,
    /// What went wrong with this file.
    pub error: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileOutcome {
    /// Its records are in the master tables.
    Loaded,
    /// Nothing of it was loaded, since nothing was to be: a dry run.
    Skipped,
    /// Nothing of it was loaded, since this job had loaded the same content before.
    AlreadyLoaded(JobId),
    /// Nothing of it was loaded: its load failed.
    Failed,
    /// Nothing of it was loaded: its load was cancelled.
    Cancelled,
    /// Nothing of it was loaded: its load's program was stopped.
    Interrupted,
}

impl FileOutcome {
    const fn status(self) -> &'static str {
        match self {
            Self::Loaded => "succeeded",
            Self::Skipped | Self::AlreadyLoaded(_) => "skipped",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    const fn already_loaded_by(self) -> Option<i64> {
        match self {
            Self::AlreadyLoaded(job) => Some(job.0),
            _ => None,
        }
    }
}

/// What became of a file's records: `read` is the sum of the other five.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowCounts {
    /// All data records of the file.
    #[serde(rename = "rows_read")]
    pub read: u64,
    /// Records that are new in the master table.
    #[serde(rename = "rows_inserted")]
    pub inserted: u64,
    /// Records that changed a row of the master table.
    #[serde(rename = "rows_updated")]
    pub updated: u64,
    /// Records that are in the master table already; nothing was written for them.
    #[serde(rename = "rows_unchanged")]
    pub unchanged: u64,
    /// Records that break a rule.
    #[serde(rename = "rows_rejected")]
    pub rejected: u64,
    /// Records whose key came again later in the file.
    #[serde(rename = "rows_superseded")]
    pub superseded: u64,
}

impl Database {
    /// Enters a file that is about to be read, marked running.
    pub(crate) async fn start_file(&self, job: JobId, file: &FileEntry) -> Result<FileId, Error> {
        let client = self.client().await?;
        insert(&client, job, file)
            .await
            .map_err(|error| self.statement(task(file), error))
    }
}

/// Enters what has become of a run's files, whether their rows are there already or not.
pub(super) async fn enter_files(
    database: &Database,
    client: &Client,
    job: JobId,
    files: &[FileEntry],
) -> Result<(), Error> {
    for file in files {
        let failed = |error| database.statement(task(file), error);
        let id = match file.id {
            Some(id) => id,
            None => insert(client, job, file).await.map_err(failed)?,
        };
        let updated = complete(client, job, id, file).await.map_err(failed)?;
        if updated == 0 {
            let problem = format!("job {job} has no file {}", id.0);
            return Err(database.statement_failed(task(file), problem));
        }
    }
    Ok(())
}

async fn insert(
    client: &Client,
    job: JobId,
    file: &FileEntry,
) -> Result<FileId, tokio_postgres::Error> {
    let insert = "insert into load_file (job_id, kind, load_date, location, size, last_modified,
            e_tag, version_id)
        values ($1, $2, $3::text::date, $4, $5,
            timestamptz 'epoch' + $6::bigint * interval '1 microsecond', $7, $8)
        returning id";
    let row = client
        .query_one(
            insert,
            &[
                &job.0,
                &file.kind.wire_name(),
                &file.load_date,
                &file.location,
                &file.size.map(u64::cast_signed),
                &file.last_modified_micros,
                &file.e_tag,
                &file.version_id,
            ],
        )
        .await?;
    row.try_get(0).map(FileId)
}

async fn complete(
    client: &Client,
    job: JobId,
    id: FileId,
    file: &FileEntry,
) -> Result<u64, tokio_postgres::Error> {
    let update = "update load_file set (sha256, trailer, trailer_field, trailer_verified, status,
            error, bytes_read, rows_read, rows_inserted, rows_updated, rows_unchanged,
            rows_rejected, rows_superseded, windows_1252_fields, warnings, phase_ms,
            already_loaded_by)
        = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        where job_id = $1 and id = $2";
    let sha256 = file.sha256.as_ref().map(<[u8; 32]>::as_slice);
    let trailer_field = file.trailer_field.map(|field| field as i16);
    let trailer_verified = file.trailer.as_ref().map(|_| file.trailer_field.is_some());
    let status = file.outcome.status();
    let already_loaded_by = file.outcome.already_loaded_by();
    let warnings: Vec<_> = (file.warnings.iter())
        .map(|text| json!({"message": text}))
        .collect();
    let phases: serde_json::Map<_, _> = (file.phase_milliseconds.iter())
        .map(|(phase, milliseconds)| ((*phase).to_owned(), json!(milliseconds)))
        .collect();
    let counts = file.counts;
    let parameters: [&(dyn ToSql + Sync); 19] = [
        &job.0,
        &id.0,
        &sha256,
        &file.trailer,
        &trailer_field,
        &trailer_verified,
        &status,
        &file.error,
        &file.bytes_read.cast_signed(),
        &counts.read.cast_signed(),
        &counts.inserted.cast_signed(),
        &counts.updated.cast_signed(),
        &counts.unchanged.cast_signed(),
        &counts.rejected.cast_signed(),
        &counts.superseded.cast_signed(),
        &file.windows_1252_fields.cast_signed(),
        &Json(warnings),
        &Json(phases),
        &already_loaded_by,
    ];
    client.execute(update, &parameters).await
}

fn task(file: &FileEntry) -> String {
    format!("enter the file {}", file.location)
}
