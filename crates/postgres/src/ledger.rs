//! The ledger: a row for each run, each of its files and each record that was rejected.

mod cancel;
mod earlier;
mod file;
mod history;
mod past;
mod progress;
mod reject;

use cusip_pif::FileKind;
use tokio_postgres::Client;
use tokio_postgres::types::Json;

pub use self::cancel::CancelOutcome;
pub use self::earlier::{LoadedDay, LoadedFile};
use self::file::enter_files;
pub use self::file::{FileEntry, FileId, FileOutcome, RowCounts};
pub use self::history::{JobFilter, RejectLines};
pub use self::past::{InvalidRejectPlace, Job, JobFile, JobProgress, LoggedReject, RejectPlace};
pub use self::progress::{FileProgress, JobPhase, Progress};
pub use self::reject::{RejectBuffer, RejectEntry, RejectLog};
use crate::database::Database;
use crate::error::Error;
use crate::job::JobId;

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
    /// The file of one kind of a day.
    LoadKind(FileKind),
    /// Files that were named one by one.
    LoadFiles,
}

impl JobKind {
    /// Returns the kind's name in the ledger, e.g. `load-all`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoadAll => "load-all",
            Self::LoadKind(FileKind::Issuer) => "load-issuer",
            Self::LoadKind(FileKind::Issue) => "load-issue",
            Self::LoadKind(FileKind::IssueAttribute) => "load-issue-attr",
            Self::LoadFiles => "load-files",
        }
    }
}

/// How a run ended that has changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobEnd<'a> {
    /// A dry run: everything went well and was rolled back.
    DryRun,
    /// It failed.
    Failed {
        /// The error's stable code.
        code: &'a str,
        /// The error.
        error: &'a str,
    },
    /// Somebody cancelled it.
    Cancelled {
        /// Why it ended.
        error: &'a str,
    },
    /// Its program was stopped.
    Interrupted {
        /// Why it ended.
        error: &'a str,
    },
}

impl<'a> JobEnd<'a> {
    /// Returns the ledger's status, error code and error.
    const fn columns(self) -> (&'static str, Option<&'a str>, Option<&'a str>) {
        match self {
            Self::DryRun => ("succeeded", None, None),
            Self::Failed { code, error } => ("failed", Some(code), Some(error)),
            Self::Cancelled { error } => ("cancelled", Some("cancelled"), Some(error)),
            Self::Interrupted { error } => ("interrupted", Some("interrupted"), Some(error)),
        }
    }
}

impl Database {
    /// Enters a run into the ledger. The caller holds the load lock.
    ///
    /// With the lock taken, a run that is still marked running has died: it is marked interrupted.
    pub(crate) async fn start_job(&self, job: &NewJob) -> Result<JobId, Error> {
        let client = self.client().await?;
        let started = async {
            interrupt_dead(&client, "true").await?;
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

    /// Enters the end of a run that has changed nothing, with what is known of its files.
    ///
    /// A run that another load has taken for dead in the meantime gets its true end now. One whose
    /// end the ledger knows is left as it is: it succeeded if its commit arrived, though the answer
    /// was lost.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection, and
    /// [`Error::Connection`] if the ledger cannot be written.
    pub async fn end_job(
        &self,
        job: JobId,
        end: JobEnd<'_>,
        files: &[FileEntry],
    ) -> Result<(), Error> {
        let transaction = self.begin().await?;
        let client = transaction.client();
        let update = "update load_job
            set status = $2, finished_at = clock_timestamp(), error_code = $3, error = $4
            where id = $1 and status in ('running', 'interrupted')";
        let (status, code, error) = end.columns();
        let entered = (client
            .execute(update, &[&job.0, &status, &code, &error])
            .await)
            .map_err(|error| self.statement("enter the job's end", error))?;
        if entered > 0 {
            enter_files(self, client, job, files).await?;
            end_other_files(client, job, status)
                .await
                .map_err(|error| self.statement("enter the end of the job's files", error))?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Ends the files that whoever ended the run knows nothing of.
async fn end_other_files(
    client: &Client,
    job: JobId,
    status: &str,
) -> Result<(), tokio_postgres::Error> {
    let update = "update load_file
        set status = case when $2 = 'succeeded' then 'skipped' else $2 end,
            error = case when $2 <> 'succeeded' then 'rolled back: the load failed' end
        where job_id = $1 and status = 'running'";
    client.execute(update, &[&job.0, &status]).await.map(drop)
}

/// Enters the end of a run that succeeded, in the transaction that loads its records.
pub(crate) async fn succeed_job(
    database: &Database,
    client: &Client,
    job: JobId,
    files: &[FileEntry],
) -> Result<(), Error> {
    enter_files(database, client, job, files).await?;
    let update = "update load_job set status = 'succeeded', finished_at = clock_timestamp()
        where id = $1 and status = 'running' and cancel_requested_at is null";
    let task = "enter the job's success";
    let entered = (client.execute(update, &[&job.0]).await)
        .map_err(|error| database.statement(task, error))?;
    if entered > 0 {
        return Ok(());
    }
    // Whoever has ended the job meanwhile, or cancelled it, has told people that nothing of it was
    // loaded.
    if cancel::is_requested(client, job).await.unwrap_or_default() {
        return Err(Error::Cancelled { job });
    }
    Err(database.statement_failed(task, format!("job {job} is no longer running")))
}

/// Marks the runs interrupted, with their files, that are marked running and meet the condition.
async fn interrupt_dead(client: &Client, condition: &str) -> Result<(), tokio_postgres::Error> {
    let update = format!(
        "with dead as (
             update load_job set status = 'interrupted', finished_at = clock_timestamp()
             where status = 'running' and {condition} returning id),
         files as (
             update load_file
             set status = 'interrupted', error = 'rolled back: the program that ran it has died'
             from dead
             where load_file.job_id = dead.id and load_file.status = 'running')
         select count(*) from dead"
    );
    let row = client.query_one(&update, &[]).await?;
    let dead: i64 = row.try_get(0)?;
    if dead > 0 {
        // Alarms count this line (deploy/service.yaml), so it stays as it is.
        tracing::warn!(
            jobs = dead,
            "earlier jobs died; they are marked interrupted"
        );
    }
    Ok(())
}
