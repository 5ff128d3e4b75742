//! Reads jobs and their files from the job log.

use cusip_connect::{Client, Parameter, PooledClient};
use cusip_jobs::{FileOutcome, Job, JobDocument, JobId, JobKind, JobStatus};
use cusip_pif::{Date, FileKind};
use tokio_postgres::error::SqlState;

use super::{decode, interrupt_dead};
use crate::database::Database;
use crate::error::Error;
use crate::lock;
use crate::running_job::instant;

pub(super) const READING: &str = "read the job log";
const COUNTS: [&str; 6] = [
    "rows_read",
    "rows_inserted",
    "rows_updated",
    "rows_unchanged",
    "rows_rejected",
    "rows_superseded",
];

/// Which jobs to return. By default all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobFilter {
    /// Only jobs that were started before this one.
    pub before: Option<JobId>,
    /// Only jobs with this status.
    pub status: Option<JobStatus>,
    /// Only jobs of this kind.
    pub kind: Option<JobKind>,
    /// Only jobs of this day.
    pub date: Option<Date>,
}

/// When a kind of file was last loaded, or found to be loaded already.
#[derive(Debug, Clone, Copy)]
pub struct LastLoad {
    /// The kind of file.
    pub kind: FileKind,
    /// How many seconds ago the load ended.
    pub seconds_ago: f64,
    /// The newest day for which such a file was loaded; `None` if all were named one by one.
    pub newest_day: Option<Date>,
}

impl Database {
    /// Returns at most `limit` jobs that match the filter, newest first.
    ///
    /// A job that is marked running while the load lock is free has died. It is marked interrupted
    /// before anything is returned. So is a job whose program has stopped, if this role may end its
    /// session.
    ///
    /// # Errors
    ///
    /// Same as [`check_schema`](Self::check_schema), and [`Error::Connection`] if the job log
    /// cannot be read.
    pub async fn jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, Error> {
        let client = self.client_without_dead_jobs().await?;
        let condition =
            "where ($1::bigint is null or id < $1) and ($2::text is null or status = $2)
            and ($3::text is null or kind = $3)
            and ($4::text is null or load_date = $4::text::date) order by id desc limit $5";
        let before = filter.before.map(|job| job.0);
        let status = filter.status.map(JobStatus::name);
        let kind = filter.kind.map(JobKind::name);
        let date = filter.date.map(|date| date.to_string());
        let limit = i64::from(limit);
        let parameters: [&dyn Parameter; 5] = [&before, &status, &kind, &date, &limit];
        self.select_jobs(&client, condition, &parameters).await
    }

    /// Returns a job, if it exists. Marks dead jobs like [`jobs`](Self::jobs).
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn job(&self, job: JobId) -> Result<Option<Job>, Error> {
        let client = self.client_without_dead_jobs().await?;
        let mut found = (self.select_jobs(&client, "where id = $1", &[&job.0])).await?;
        Ok(found.pop())
    }

    /// Returns a job with its files, if it exists. Marks dead jobs like [`jobs`](Self::jobs).
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn job_document(&self, job: JobId) -> Result<Option<JobDocument>, Error> {
        let Some(job) = self.job(job).await? else {
            return Ok(None);
        };
        let files = self.job_files(job.id).await?;
        Ok(Some(JobDocument::new(job, files)))
    }

    /// Returns the files of a job, in the order in which they were read.
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn job_files(&self, job: JobId) -> Result<Vec<FileOutcome>, Error> {
        let client = self.client().await?;
        let query = format!(
            "select id, kind, location, status, error, size, last_modified, e_tag, version_id,
                encode(sha256, 'hex') as sha256, trailer, trailer_field, already_loaded_by,
                bytes_read, {counts}, windows_1252_fields, rejects_kept, rejects_by_rule,
                {pruned_at} as rejects_pruned_at, warnings, phase_ms
             from load_file where job_id = $1 order by id",
            counts = COUNTS.join(", "),
            pruned_at = instant("rejects_pruned_at"),
        );
        let files = (client.query(&query, &[&job.0]).await)
            .and_then(|rows| rows.iter().map(decode::file).collect());
        files.map_err(|error| self.statement(READING, error))
    }

    /// Returns the last load of each kind of file, except for kinds that were never loaded.
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs).
    pub async fn last_loads(&self) -> Result<Vec<LastLoad>, Error> {
        let client = self.client().await?;
        let query = "select kind, to_char(last.newest_day, 'YYYY-MM-DD') as newest_day,
                extract(epoch from clock_timestamp() - last.finished_at)::float8 as seconds
            from unnest($1::text[]) as kind cross join lateral (
                select max(load_job.load_date) as newest_day, max(load_job.finished_at) as finished_at
                from load_file join load_job on load_job.id = load_file.job_id
                where load_file.kind = kind.kind and load_job.status = 'succeeded'
                    and (load_file.status = 'succeeded' or load_file.already_loaded_by is not null)
                    and not options @> '{\"dry_run\": true}') as last
            where last.finished_at is not null";
        let kinds = FileKind::ALL.map(FileKind::wire_name);
        let loads = client.query(query, &[&kinds.as_slice()]).await;
        let loads = loads.and_then(|rows| {
            let load = |row: &tokio_postgres::Row| {
                Ok(LastLoad {
                    kind: decode::kind(row, "kind")?,
                    seconds_ago: row.try_get("seconds")?,
                    newest_day: decode::day(row, "newest_day")?,
                })
            };
            rows.iter().map(load).collect()
        });
        loads.map_err(|error| self.statement(READING, error))
    }

    /// Takes a connection to read the job log, after marking dead jobs as interrupted.
    async fn client_without_dead_jobs(&self) -> Result<PooledClient, Error> {
        let client = self.client().await?;
        self.check_schema_of(&client).await?;
        let query = format!(
            "select count(*) > 0 and not {}, coalesce(bool_or({}), false)
             from load_job where status = 'running'",
            lock::is_held(),
            lock::holder::IS_SILENT,
        );
        let row = (client.query_one(&query, &[]).await)
            .map_err(|error| self.statement(READING, error))?;
        let (mut is_dead, is_silent): (bool, bool) = (row.get(0), row.get(1));
        if is_silent && !is_dead {
            is_dead = lock::holder::end_stopped(&client).await.unwrap_or(false);
        }
        if !is_dead {
            return Ok(client);
        }
        // A statement takes its snapshot before it looks at the locks. A job that it sees running had
        // the lock by then, so the job has ended if the lock is free. Taking the lock to be sure would
        // turn a load away.
        let free = format!("not {}", lock::is_held());
        match interrupt_dead(&client, &free).await {
            Ok(()) => Ok(client),
            Err(error) if is_read_only(&error) => {
                tracing::warn!("a job has died, but this connection is not allowed to record that");
                Ok(client)
            }
            Err(error) => Err(self.statement("mark dead jobs as interrupted", error)),
        }
    }

    async fn select_jobs(
        &self,
        client: &Client,
        condition: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Vec<Job>, Error> {
        let sums = (COUNTS.iter())
            .chain(&["bytes_read"])
            .map(|name| format!("coalesce(sum({name}), 0)::bigint as {name}"));
        let query = format!(
            "select id, kind, to_char(load_date, 'YYYY-MM-DD') as load_date, status,
                {started_at} as started_at, {finished_at} as finished_at,
                extract(epoch from finished_at - started_at)::float8 as seconds,
                started_by, host, host(client_address) as client_address, request_id, requested_by,
                program, program_version, options, error_code, error, phase,
                phase_kind, bytes_total, percent, bytes_read, {cancel_requested_at} as cancel_requested_at,
                {counts}
             from (select * from load_job {condition}) as job
             cross join lateral (select {sums} from load_file where job_id = job.id) as total
             order by id desc",
            started_at = instant("started_at"),
            finished_at = instant("finished_at"),
            cancel_requested_at = instant("cancel_requested_at"),
            counts = COUNTS.join(", "),
            sums = sums.collect::<Vec<_>>().join(", "),
        );
        let jobs = (client.query(&query, parameters).await)
            .and_then(|rows| rows.iter().map(decode::job).collect());
        jobs.map_err(|error| self.statement(READING, error))
    }
}

/// Returns whether a statement was refused because this role or server may only read.
fn is_read_only(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(code)
    })
}
