//! What the ledger tells of past runs.

use std::collections::VecDeque;
use std::fmt;

use cusip_connect::PooledClient;
use cusip_pif::FileKind;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::past::{Job, JobFile, LoggedReject, RejectPlace};
use super::{FileId, interrupt_dead};
use crate::database::Database;
use crate::error::Error;
use crate::job::{JobId, instant};
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

/// Lines can be as long as 64 KiB: a page of them ends early, so that it fits into memory.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;
const PAGE_LINES: u32 = 10_000;

/// Which runs are to be returned. By default all of them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct JobFilter {
    /// Only those that were started before the one of this number.
    pub before: Option<JobId>,
    /// Only those with this status, e.g. `running`.
    pub status: Option<String>,
    /// Only those of this kind, e.g. `load-all`.
    pub kind: Option<String>,
    /// Only those of this day, as `YYYY-MM-DD`.
    pub date: Option<String>,
}

impl JobFilter {
    /// Lets runs through that were started before the one of this number.
    #[must_use]
    pub fn before(mut self, before: Option<JobId>) -> Self {
        self.before = before;
        self
    }

    /// Lets runs with this status through.
    #[must_use]
    pub fn status(mut self, status: Option<String>) -> Self {
        self.status = status;
        self
    }

    /// Lets runs of this kind through.
    #[must_use]
    pub fn kind(mut self, kind: Option<String>) -> Self {
        self.kind = kind;
        self
    }

    /// Lets runs of this day through.
    #[must_use]
    pub fn date(mut self, date: Option<String>) -> Self {
        self.date = date;
        self
    }
}

impl Database {
    /// Returns runs, the newest first, after `offset` newer ones and `limit` at most.
    ///
    /// A run that is marked running though nobody holds the load lock has died. It is marked
    /// interrupted before anything is returned.
    ///
    /// # Errors
    ///
    /// As [`check_schema`](Self::check_schema), and [`Error::Connection`] if the ledger cannot be
    /// read.
    pub async fn jobs(&self, limit: u32, offset: u32) -> Result<Vec<Job>, Error> {
        let client = self.ledger_client().await?;
        let (limit, offset) = (i64::from(limit), i64::from(offset));
        let newest = "order by id desc limit $1 offset $2";
        self.jobs_that(&client, newest, &[&limit, &offset]).await
    }

    /// Returns the runs that a filter lets through, the newest first and `limit` at most. Dead runs
    /// are dealt with as by [`jobs`](Self::jobs).
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn filtered_jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, Error> {
        let client = self.ledger_client().await?;
        let which = "where ($1::bigint is null or id < $1) and ($2::text is null or status = $2)
            and ($3::text is null or kind = $3)
            and ($4::text is null or load_date = $4::text::date) order by id desc limit $5";
        let before = filter.before.map(|job| job.0);
        let limit = i64::from(limit);
        let parameters: [&(dyn ToSql + Sync); 5] =
            [&before, &filter.status, &filter.kind, &filter.date, &limit];
        self.jobs_that(&client, which, &parameters).await
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
            "select file.kind, file_id, line_number, byte_offset, field, value, rule, message, raw_line
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

    /// Returns rejected records of a run in the order of files and lines, those after a place and of
    /// one kind of file if so wanted. It is `limit` of them at most, and fewer if they are long: the
    /// last ones are reached when none comes any more.
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn job_rejects_after(
        &self,
        job: JobId,
        kind: Option<FileKind>,
        after: Option<RejectPlace>,
        limit: u32,
    ) -> Result<Vec<LoggedReject>, Error> {
        let client = self.client().await?;
        let query =
            "select file.kind, file_id, line_number, byte_offset, field, value, rule, message,
                raw_line
            from (select *, sum(bytes) over (order by file_id, line_number) - bytes as bytes_before
                from (select *, octet_length(raw_line) + octet_length(message)
                        + coalesce(octet_length(value), 0) as bytes
                    from load_reject where job_id = $1
                    and ($2::text is null or file_id in
                        (select id from load_file where job_id = $1 and kind = $2))
                    and ($3::bigint is null or (file_id, line_number) > ($3, $4))
                    order by file_id, line_number limit $5) as page) as reject
            join load_file as file on file.id = reject.file_id
            where bytes_before < $6 order by file_id, line_number";
        let file = after.map(|place| place.file.0);
        let line = after.map(|place| place.line_number);
        let (kind, limit) = (kind.map(FileKind::wire_name), i64::from(limit));
        let parameters: [&(dyn ToSql + Sync); 6] =
            [&job.0, &kind, &file, &line, &limit, &PAGE_BYTES];
        let rejects = (client.query(query, &parameters).await)
            .and_then(|rows| rows.iter().map(LoggedReject::from_row).collect());
        rejects.map_err(|error| self.statement(READING, error))
    }

    /// Returns how many records of each file of a run break each rule.
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn reject_rules(&self, job: JobId) -> Result<Vec<(FileKind, String, u64)>, Error> {
        let client = self.client().await?;
        let query = "select file.kind, rule, count(*) from load_reject as reject
            join load_file as file on file.id = reject.file_id
            where reject.job_id = $1 group by file.kind, rule order by file.kind, rule";
        let rules = client.query(query, &[&job.0]).await.and_then(|rows| {
            let rule = |row: &tokio_postgres::Row| {
                let count: i64 = row.try_get(2)?;
                Ok((
                    super::past::kind(row)?,
                    row.try_get(1)?,
                    count.cast_unsigned(),
                ))
            };
            rows.iter().map(rule).collect()
        });
        rules.map_err(|error| self.statement(READING, error))
    }

    /// Returns how long ago, in seconds, each kind of file was loaded last, or was found to have been
    /// loaded before.
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn last_loads(&self) -> Result<Vec<(FileKind, f64)>, Error> {
        let client = self.client().await?;
        let query = "select kind,
                extract(epoch from clock_timestamp() - last.finished_at)::float8 as seconds
            from unnest($1::text[]) as kind cross join lateral (
                select finished_at from load_file join load_job on load_job.id = load_file.job_id
                where load_file.kind = kind.kind and load_job.status = 'succeeded'
                    and (load_file.status = 'succeeded' or load_file.already_loaded_by is not null)
                    and not options @> '{\"dry_run\": true}'
                order by load_file.id desc limit 1) as last";
        let kinds = FileKind::ALL.map(FileKind::wire_name);
        let loads = client.query(query, &[&kinds.as_slice()]).await;
        let loads = loads.and_then(|rows| {
            let load = |row: &tokio_postgres::Row| Ok((super::past::kind(row)?, row.try_get(1)?));
            rows.iter().map(load).collect()
        });
        loads.map_err(|error| self.statement(READING, error))
    }

    /// Returns the lines of all rejected records of a file, one by one in the file's order.
    #[must_use]
    pub fn reject_lines(&self, job: JobId, file: FileId) -> RejectLines {
        RejectLines {
            database: self.clone(),
            job,
            file,
            page: VecDeque::new(),
            last: 0,
        }
    }

    /// Takes a connection for reading the ledger, and marks dead runs as interrupted.
    async fn ledger_client(&self) -> Result<PooledClient, Error> {
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
        client: &Client,
        which: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Job>, Error> {
        let sums = COUNTS.map(|name| format!("coalesce(sum({name}), 0)::bigint as {name}"));
        let sums = [
            &sums[..],
            &["coalesce(sum(bytes_read), 0)::bigint as bytes_read".to_owned()],
        ]
        .concat();
        let query = format!(
            "select id, kind, to_char(load_date, 'YYYY-MM-DD') as load_date, status, {started_at} as started_at,
                {finished_at} as finished_at,
                extract(epoch from finished_at - started_at)::float8 as seconds,
                started_by, host, program, program_version, options, error_code, error, phase,
                phase_kind, bytes_total, bytes_read, {cancel_requested_at} as cancel_requested_at, {counts}
             from (select * from load_job {which}) as job
             cross join lateral (select {sums} from load_file where job_id = job.id) as total
             order by id desc",
            started_at = instant("started_at"),
            finished_at = instant("finished_at"),
            cancel_requested_at = instant("cancel_requested_at"),
            counts = COUNTS.join(", "),
            sums = sums.join(", "),
        );
        let rows = (client.query(&query, parameters).await)
            .map_err(|error| self.statement(READING, error))?;
        let jobs = rows.iter().map(Job::from_row).collect::<Result<_, _>>();
        jobs.map_err(|error| self.statement(READING, error))
    }
}

/// The lines of a file's rejected records. Memory does not grow with their number, and no connection
/// is kept while nobody asks for the next one.
pub struct RejectLines {
    database: Database,
    job: JobId,
    file: FileId,
    page: VecDeque<(i64, Vec<u8>)>,
    last: i64,
}

impl RejectLines {
    /// Returns the next line, as it stood in the file but without its line end.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection,
    /// [`Error::Connection`] if the ledger cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.page.is_empty() {
            self.page = self.read_page().await?;
        }
        let line = self.page.pop_front();
        Ok(line.map(|(number, line)| {
            self.last = number;
            line
        }))
    }

    async fn read_page(&self) -> Result<VecDeque<(i64, Vec<u8>)>, Error> {
        let client = self.database.client().await?;
        let query = "select line_number, raw_line
            from (select *, sum(octet_length(raw_line)) over (order by line_number)
                    - octet_length(raw_line) as bytes_before
                from (select line_number, raw_line from load_reject
                    where job_id = $1 and file_id = $2 and line_number > $3
                    order by line_number limit $4) as page) as line
            where bytes_before < $5 order by line_number";
        let limit = i64::from(PAGE_LINES);
        let parameters: [&(dyn ToSql + Sync); 5] =
            [&self.job.0, &self.file.0, &self.last, &limit, &PAGE_BYTES];
        let page = (client.query(query, &parameters).await).and_then(|rows| {
            let line = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
            rows.iter().map(line).collect()
        });
        page.map_err(|error| self.database.statement(READING, error))
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
