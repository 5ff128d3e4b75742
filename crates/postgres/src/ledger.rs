//! The ledger: a row for each run and each of its files.

use std::fmt;

use cusip_pif::FileKind;
use deadpool_postgres::Object;
use serde_json::json;
use tokio_postgres::types::Json;

use crate::database::Database;
use crate::error::Error;

const INSTANT: &str = r#"to_char(started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#;

/// The number of a run in the ledger (`load_job.id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What is known of a run when it starts.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What was asked for.
    pub kind: JobKind,
    /// The day of the files, as `YYYY-MM-DD`; nothing for files that were named one by one.
    pub load_date: Option<String>,
    /// Who started the run.
    pub started_by: String,
    /// The name of the machine that it runs on.
    pub host: String,
    /// The program: `cli` or `api`.
    pub program: &'static str,
    /// The program's version.
    pub program_version: &'static str,
    /// The run's options.
    pub options: serde_json::Map<String, serde_json::Value>,
}

/// What a run was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobKind {
    /// The three files of a day.
    LoadAll,
    /// Files that were named one by one.
    LoadFiles,
}

impl JobKind {
    const fn name(self) -> &'static str {
        match self {
            Self::LoadAll => "load-all",
            Self::LoadFiles => "load-files",
        }
    }
}

/// A run that has not ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunningJob {
    /// Its number.
    pub id: JobId,
    /// When it started, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub started_at: String,
}

/// One file of a run, as the ledger keeps it.
#[derive(Debug, Clone)]
pub struct FileEntry {
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
    /// Whether the file's records are in the master tables.
    pub loaded: bool,
    /// What went wrong with this file.
    pub error: Option<String>,
}

/// What became of a file's records: `read` is the sum of the other five.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// All data records of the file.
    pub read: u64,
    /// Records that are new in the master table.
    pub inserted: u64,
    /// Records that changed a row of the master table.
    pub updated: u64,
    /// Records that are in the master table already; nothing was written for them.
    pub unchanged: u64,
    /// Records that break a rule.
    pub rejected: u64,
    /// Records whose key came again later in the file.
    pub superseded: u64,
}

impl Database {
    /// Enters a run into the ledger. The caller holds the load lock.
    ///
    /// With the lock taken, a run that is still marked running has died: it is marked interrupted.
    pub(crate) async fn start_job(&self, job: &NewJob) -> Result<JobId, Error> {
        let client = self.client().await?;
        let started = async {
            let dead = client
                .execute(
                    "update load_job set status = 'interrupted', finished_at = clock_timestamp()
                     where status = 'running'",
                    &[],
                )
                .await?;
            if dead > 0 {
                tracing::warn!(
                    jobs = dead,
                    "earlier jobs died; they are marked interrupted"
                );
            }
            let insert = "insert into load_job
                (kind, load_date, started_by, host, program, program_version, options)
                values ($1, $2::text::date, $3, $4, $5, $6, $7) returning id";
            let row = client
                .query_one(
                    insert,
                    &[
                        &job.kind.name(),
                        &job.load_date,
                        &job.started_by,
                        &job.host,
                        &job.program,
                        &job.program_version,
                        &Json(&job.options),
                    ],
                )
                .await?;
            row.try_get(0)
        };
        let id = started
            .await
            .map_err(|error| self.statement("enter the job", error))?;
        Ok(JobId(id))
    }

    /// Enters the end of a run that failed, with what is known of its files.
    ///
    /// A run that another load has taken for dead in the meantime is a failed one from then on. One
    /// whose end the ledger knows is left as it is: it succeeded if its commit arrived, though the
    /// answer was lost.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] or [`Error::PoolExhausted`] without a connection, and
    /// [`Error::Statement`] if the ledger cannot be written.
    pub async fn fail_job(
        &self,
        job: JobId,
        error_code: &str,
        error: &str,
        files: &[FileEntry],
    ) -> Result<(), Error> {
        let client = self.client().await?;
        let update = "update load_job
            set status = 'failed', finished_at = clock_timestamp(), error_code = $2, error = $3
            where id = $1 and status in ('running', 'interrupted')";
        let entered = (client.execute(update, &[&job.0, &error_code, &error]).await)
            .map_err(|error| self.statement("enter the job's failure", error))?;
        if entered == 0 {
            return Ok(());
        }
        enter_files(self, &client, job, files).await
    }
}

/// Enters the end of a run that succeeded, in the transaction that loads its records.
pub(crate) async fn succeed_job(
    database: &Database,
    client: &Object,
    job: JobId,
    files: &[FileEntry],
) -> Result<(), Error> {
    enter_files(database, client, job, files).await?;
    let update = "update load_job set status = 'succeeded', finished_at = clock_timestamp()
        where id = $1 and status = 'running'";
    let task = "enter the job's success";
    let entered = (client.execute(update, &[&job.0]).await)
        .map_err(|error| database.statement(task, error))?;
    // Whoever has ended the job meanwhile has told people that nothing of it was loaded.
    if entered == 0 {
        return Err(database.statement_failed(task, format!("job {job} is no longer running")));
    }
    Ok(())
}

/// Returns the run that is marked running, if the ledger can be read at all.
pub(crate) async fn running_job(client: &Object) -> Option<RunningJob> {
    let query = format!(
        "select id, {INSTANT} from load_job where status = 'running' order by id desc limit 1"
    );
    let row = client.query_opt(&query, &[]).await.ok()??;
    Some(RunningJob {
        id: JobId(row.get(0)),
        started_at: row.get(1),
    })
}

async fn enter_files(
    database: &Database,
    client: &Object,
    job: JobId,
    files: &[FileEntry],
) -> Result<(), Error> {
    let insert = "insert into load_file (job_id, kind, load_date, location, size, last_modified,
            e_tag, version_id, sha256, trailer, trailer_field, trailer_verified, status, error,
            bytes_read, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_rejected,
            rows_superseded, windows_1252_fields, warnings, phase_ms)
        values ($1, $2, $3::text::date, $4, $5,
            timestamptz 'epoch' + $6::bigint * interval '1 microsecond',
            $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)";
    for file in files {
        let sha256 = file.sha256.as_ref().map(<[u8; 32]>::as_slice);
        let trailer_field = file.trailer_field.map(|field| field as i16);
        let trailer_verified = file.trailer.as_ref().map(|_| file.trailer_field.is_some());
        let status = if file.loaded { "succeeded" } else { "failed" };
        let warnings: Vec<_> = file
            .warnings
            .iter()
            .map(|text| json!({"message": text}))
            .collect();
        let phases: serde_json::Map<_, _> = (file.phase_milliseconds.iter())
            .map(|(phase, milliseconds)| ((*phase).to_owned(), json!(milliseconds)))
            .collect();
        let counts = file.counts;
        (client
            .execute(
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
                ],
            )
            .await)
            .map_err(|error| {
                database.statement(format!("enter the file {}", file.location), error)
            })?;
    }
    Ok(())
}
