//! The job log: a row for each job, each of its files, and each rejected record.

mod cancel;
mod days;
pub(crate) mod decode;
mod file;
mod jobs;
mod loaded_files;
mod outcome;
mod progress;
mod prune;
mod reject_groups;
mod reject_log;
mod rejects;

use cusip_connect::{Client, ServerId};
use cusip_jobs::{FileOutcome, JobId, JobStatus, NewJob};
use tokio_postgres::types::Json;

pub use self::cancel::CancelOutcome;
pub use self::days::{DayFile, LoadedDay};
use self::file::log_outcomes;
pub use self::jobs::{JobFilter, LastLoad};
pub use self::loaded_files::LoadedFile;
pub use self::progress::{FileProgress, ProgressUpdate};
pub use self::prune::PrunedRejects;
pub use self::reject_log::FileRejects;
pub use self::rejects::RejectLines;
use crate::database::Database;
use crate::error::Error;

/// The end of a job that changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd<'a> {
    /// It was a dry run: everything went well and was rolled back.
    DryRun,
    /// It failed, was canceled or was interrupted.
    NothingLoaded {
        /// Its status.
        status: JobStatus,
        /// The error's stable code.
        code: &'a str,
        /// The error.
        error: &'a str,
    },
}

impl Database {
    /// Logs the start of a job. The caller holds the load lock.
    ///
    /// While we hold the lock, a job that is still marked running must have died, so it is marked
    /// interrupted.
    ///
    /// The caller's transaction runs on this server. If a second connection reaches another one, the
    /// load could not be logged where its records are.
    pub(crate) async fn start_job(&self, job: &NewJob, server: ServerId) -> Result<JobId, Error> {
        let transaction = self.begin().await?;
        transaction.check_server(server).await?;
        let client = transaction.client();
        let started = async {
            interrupt_dead(client, "true").await?;
            let insert = "insert into load_job
                (kind, load_date, started_by, host, program, program_version, options,
                    client_address, request_id, requested_by)
                values ($1, $2::text::date, $3, $4, $5, $6, $7, $8::text::inet, $9, $10) returning id";
            let requester = &job.requester;
            let caller = requester.caller.as_ref();
            let row = client
                .query_one(
                    insert,
                    &[
                        &job.kind.name(),
                        &job.date.map(|date| date.to_string()),
                        &requester.user,
                        &requester.host,
                        &requester.program,
                        &requester.program_version,
                        &Json(&job.options),
                        &caller.and_then(|caller| caller.address.map(|ip| ip.to_string())),
                        &caller.map(|caller| &caller.request_id),
                        &caller.and_then(|caller| caller.requested_by.as_ref()),
                    ],
                )
                .await?;
            row.try_get(0).map(JobId)
        };
        let started =
            (started.await).map_err(|error| self.statement("log the start of the job", error))?;
        transaction.commit().await?;
        Ok(started)
    }

    /// Logs the end of a job that changed nothing, with the outcomes of its files.
    ///
    /// If another load has marked the job as dead in the meantime, the real outcome replaces that.
    /// A job whose end is known does not change: it succeeded if its commit arrived, even if the
    /// answer was lost.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection, or if the job log cannot be written.
    pub async fn end_job(
        &self,
        job: JobId,
        end: &JobEnd<'_>,
        files: &[&FileOutcome],
    ) -> Result<(), Error> {
        let transaction = self.begin().await?;
        let client = transaction.client();
        let update = "update load_job
            set status = $2, finished_at = clock_timestamp(), error_code = $3, error = $4
            where id = $1 and status in ('running', 'interrupted')";
        let (status, code, error) = match *end {
            JobEnd::DryRun => (JobStatus::Succeeded, None, None),
            JobEnd::NothingLoaded {
                status,
                code,
                error,
            } => (status, Some(code), Some(error)),
        };
        let updated = (client
            .execute(update, &[&job.0, &status.name(), &code, &error])
            .await)
            .map_err(|error| self.statement("log the end of the job", error))?;
        if updated > 0 {
            log_outcomes(self, client, job, files).await?;
            end_other_files(client, job, status)
                .await
                .map_err(|error| self.statement("log the end of the job's files", error))?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Ends the files that the caller of [`Database::end_job`] did not list.
async fn end_other_files(
    client: &Client,
    job: JobId,
    status: JobStatus,
) -> Result<(), tokio_postgres::Error> {
    let update = "update load_file
        set status = case when $2 = 'succeeded' then 'skipped' else $2 end,
            error = case when $2 <> 'succeeded' then 'rolled back: the load failed' end
        where job_id = $1 and status = 'running'";
    let status = status.name();
    client.execute(update, &[&job.0, &status]).await.map(drop)
}

/// Logs the end of a job that succeeded, in the transaction that loads its records.
pub(crate) async fn succeed_job(
    database: &Database,
    client: &Client,
    job: JobId,
    files: &[&FileOutcome],
) -> Result<(), Error> {
    log_outcomes(database, client, job, files).await?;
    let update = "update load_job set status = 'succeeded', finished_at = clock_timestamp()
        where id = $1 and status = 'running' and cancel_requested_at is null";
    let task = "log the success of the job";
    let updated = (client.execute(update, &[&job.0]).await)
        .map_err(|error| database.statement(task, error))?;
    if updated > 0 {
        return Ok(());
    }
    // Another session has canceled the job or marked it as ended, and told its users that nothing
    // was loaded. So nothing may be loaded.
    if cancel::is_requested(client, job).await.unwrap_or_default() {
        return Err(Error::Cancelled { job });
    }
    Err(database.statement_failed(task, format!("job {job} is no longer running")))
}

/// Marks running jobs that meet the condition as interrupted, with their files; as canceled if a user
/// asked for that.
async fn interrupt_dead(client: &Client, condition: &str) -> Result<(), tokio_postgres::Error> {
    let update = format!(
        "with dead as (
             update load_job set finished_at = clock_timestamp(),
                 status = case when cancel_requested_at is null then 'interrupted' else 'cancelled' end,
                 error_code = case when cancel_requested_at is not null then 'cancelled' end,
                 error = case when cancel_requested_at is not null
                     then 'the load was canceled; nothing was loaded' end
             where status = 'running' and {condition} returning id, status),
         files as (
             update load_file
             set status = dead.status, error = case dead.status
                 when 'cancelled' then 'rolled back: the load was canceled'
                 else 'rolled back: the program that ran it has died or stopped' end
             from dead
             where load_file.job_id = dead.id and load_file.status = 'running')
         select count(*) from dead where status = 'interrupted'"
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
