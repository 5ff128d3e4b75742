//! What the ledger tells of past runs.

use std::fmt;
use std::pin::Pin;

use deadpool_postgres::Object;
use futures_util::TryStreamExt;
use tokio_postgres::RowStream;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::past::{Job, JobFile, LoggedReject};
use super::{FileId, JobId, instant, interrupt_dead};
use crate::database::Database;
use crate::error::Error;
use crate::lock;

const READING: &str = "read the ledger";
const COUNTS: [&str; 6] = [
    "rows_read",
    "rows_inserted",
    "rows_updated",
    "rows_unchanged",
    "rows_rejected",
    "rows_superseded",
];

impl Database {
    /// Returns runs, the newest first, after `offset` newer ones and `limit` at most.
    ///
    /// A run that is marked running though nobody holds the load lock has died. It is marked
    /// interrupted before anything is returned.
    ///
    /// # Errors
    ///
    /// As [`check_schema`](Self::check_schema), and [`Error::Statement`] if the ledger cannot be
    /// read.
    pub async fn jobs(&self, limit: u32, offset: u32) -> Result<Vec<Job>, Error> {
        let client = self.ledger_client().await?;
        let (limit, offset) = (i64::from(limit), i64::from(offset));
        let newest = "order by id desc limit $1 offset $2";
        self.jobs_that(&client, newest, &[&limit, &offset]).await
    }

    /// Returns a run, if there is one of this number. Dead runs are dealt with as by
    /// [`jobs`](Self::jobs).
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn job(&self, job: JobId) -> Result<Option<Job>, Error> {
        let client = self.ledger_client().await?;
        let mut found = self.jobs_that(&client, "where id = $1", &[&job.0]).await?;
        Ok(found.pop())
    }

    /// Returns the files of a run, in the order in which they were read.
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn job_files(&self, job: JobId) -> Result<Vec<JobFile>, Error> {
        let client = self.client().await?;
        let query = format!(
            "select id, kind, location, status, error, size, {last_modified} as last_modified,
                e_tag, version_id, encode(sha256, 'hex') as sha256, trailer, trailer_field,
                already_loaded_by, bytes_read, {counts}, windows_1252_fields, warnings, phase_ms
             from load_file where job_id = $1 order by id",
            last_modified = instant("last_modified"),
            counts = COUNTS.join(", "),
        );
        let rows = (client.query(&query, &[&job.0]).await)
            .map_err(|error| self.statement(READING, error))?;
        let files = rows.iter().map(JobFile::from_row).collect::<Result<_, _>>();
        files.map_err(|error| self.statement(READING, error))
    }

    /// Returns rejected records of a run in the order of files and lines, after `offset` others and
    /// `limit` at most.
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn job_rejects(
        &self,
        job: JobId,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<LoggedReject>, Error> {
        let client = self.client().await?;
        let query =
            "select file.kind, line_number, byte_offset, field, value, rule, message, raw_line
            from load_reject as reject join load_file as file on file.id = reject.file_id
            where reject.job_id = $1 order by reject.file_id, line_number limit $2 offset $3";
        let (limit, offset) = (i64::from(limit), offset.cast_signed());
        let rows = (client.query(query, &[&job.0, &limit, &offset]).await)
            .map_err(|error| self.statement(READING, error))?;
        let rejects = rows
            .iter()
            .map(LoggedReject::from_row)
            .collect::<Result<_, _>>();
        rejects.map_err(|error| self.statement(READING, error))
    }

    /// Returns the lines of all rejected records of a file, one by one in the file's order.
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn reject_lines(&self, job: JobId, file: FileId) -> Result<RejectLines, Error> {
        let client = self.client().await?;
        let query = "select raw_line from load_reject where job_id = $1 and file_id = $2
            order by line_number";
        let rows = (client.query_raw(query, [job.0, file.0]).await)
            .map_err(|error| self.statement(READING, error))?;
        Ok(RejectLines {
            database: self.clone(),
            rows: Box::pin(rows),
            _client: client,
        })
    }

    /// Takes a connection for reading the ledger, and marks dead runs as interrupted.
    async fn ledger_client(&self) -> Result<Object, Error> {
        let client = self.client().await?;
        self.check_schema_of(&client).await?;
        let query = format!(
            "select exists (select from load_job where status = 'running') and not {}",
            lock::is_held()
        );
        let row = (client.query_one(&query, &[]).await)
            .map_err(|error| self.statement(READING, error))?;
        if !row.get::<_, bool>(0) {
            return Ok(client);
        }
        // A statement's snapshot is older than its look at the locks: what it sees running had
        // taken the lock by then, so it has ended if the lock is free. The lock itself is left
        // alone, since holding it would turn a load away.
        let free = format!("not {}", lock::is_held());
        match interrupt_dead(&client, &free).await {
            Ok(()) => Ok(client),
            Err(error) if is_read_only(&error) => {
                tracing::warn!(
                    "a job has died, which may not be entered into the ledger from here"
                );
                Ok(client)
            }
            Err(error) => Err(self.statement("mark dead jobs as interrupted", error)),
        }
    }

    async fn jobs_that(
        &self,
        client: &Object,
        which: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Job>, Error> {
        let sums = COUNTS.map(|name| format!("coalesce(sum({name}), 0)::bigint as {name}"));
        let query = format!(
            "select id, kind, to_char(load_date, 'YYYY-MM-DD') as load_date, status, {started_at} as started_at,
                {finished_at} as finished_at,
                extract(epoch from finished_at - started_at)::float8 as seconds,
                started_by, host, program, program_version, options, error_code, error, {counts}
             from (select * from load_job {which}) as job
             cross join lateral (select {sums} from load_file where job_id = job.id) as total
             order by id desc",
            started_at = instant("started_at"),
            finished_at = instant("finished_at"),
            counts = COUNTS.join(", "),
            sums = sums.join(", "),
        );
        let rows = (client.query(&query, parameters).await)
            .map_err(|error| self.statement(READING, error))?;
        let jobs = rows.iter().map(Job::from_row).collect::<Result<_, _>>();
        jobs.map_err(|error| self.statement(READING, error))
    }
}

/// The lines of a file's rejected records. Memory does not grow with their number.
pub struct RejectLines {
    database: Database,
    rows: Pin<Box<RowStream>>,
    _client: Object,
}

impl RejectLines {
    /// Returns the next line, as it stood in the file but without its line end.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] if the server is gone.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let row = self.rows.try_next().await;
        let line = row.and_then(|row| row.map(|row| row.try_get(0)).transpose());
        line.map_err(|error| self.database.statement(READING, error))
    }
}

impl fmt::Debug for RejectLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RejectLines")
            .finish_non_exhaustive()
    }
}

/// Tells whether a statement was refused because this role or server may only read.
fn is_read_only(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(code)
    })
}
