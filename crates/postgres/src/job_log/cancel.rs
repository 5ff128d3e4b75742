//! Cancels a job from another session.

use cusip_connect::Client;
use cusip_jobs::{JobId, JobStatus};

use super::interrupt_dead;
use crate::database::Database;
use crate::error::Error;
use crate::lock::{self, holder};

/// How long to wait for a commit in progress.
const LIMIT: &str = "set local lock_timeout = '5s'";

/// The result of a request to cancel a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelOutcome {
    /// The job will not be committed. Its program notices within seconds.
    Requested,
    /// The job has ended.
    Ended,
    /// This job does not exist.
    Unknown,
}

impl Database {
    /// Requests that a job be canceled, wherever it runs. From then on it cannot be committed.
    ///
    /// Marks dead jobs like [`jobs`](Self::jobs).
    ///
    /// # Errors
    ///
    /// Same as [`jobs`](Self::jobs), and [`Error::Connection`] if the job log cannot be written.
    pub async fn cancel_job(&self, job: JobId) -> Result<CancelOutcome, Error> {
        let Some(found) = self.job(job).await? else {
            return Ok(CancelOutcome::Unknown);
        };
        if found.status != JobStatus::Running {
            return Ok(CancelOutcome::Ended);
        }
        let transaction = self.begin().await?;
        let client = transaction.client();
        let requested = async {
            client.batch_execute(LIMIT).await?;
            let update = "update load_job
                set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
                where id = $1 and status = 'running'";
            client.execute(update, &[&job.0]).await
        };
        let requested = (requested.await)
            .map_err(|error| self.statement(format!("cancel job {job}"), error))?;
        transaction.commit().await?;
        Ok(match requested {
            0 => CancelOutcome::Ended,
            _ => CancelOutcome::Requested,
        })
    }
}

impl Database {
    /// Ends the session of a job that was canceled but still runs, because its program has stopped or
    /// hangs. Returns whether the session has ended. Then the job is marked canceled.
    ///
    /// Give the program a few seconds to end the job first: it notices within seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the role may not end the session, or if the job log cannot be written.
    pub async fn end_cancelled_job(&self, job: JobId) -> Result<bool, Error> {
        let client = self.client().await?;
        let ended = async {
            let ended = holder::end(&client, job, "job.cancel_requested_at is not null").await?;
            if ended {
                interrupt_dead(&client, &format!("not {}", lock::is_held())).await?;
            }
            Ok(ended)
        };
        (ended.await)
            .map_err(|error| self.statement(format!("end the session of job {job}"), error))
    }
}

/// Returns whether a user has asked to cancel the job.
pub(super) async fn is_requested(
    client: &Client,
    job: JobId,
) -> Result<bool, tokio_postgres::Error> {
    let query = "select cancel_requested_at is not null from load_job where id = $1";
    client.query_one(query, &[&job.0]).await?.try_get(0)
}
