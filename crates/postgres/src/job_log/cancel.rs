//! Cancels a job from another session.

use cusip_connect::Client;
use cusip_jobs::{JobId, JobStatus};

use crate::database::Database;
use crate::error::Error;

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

/// Returns whether a user has asked to cancel the job.
pub(super) async fn is_requested(
    client: &Client,
    job: JobId,
) -> Result<bool, tokio_postgres::Error> {
    let query = "select cancel_requested_at is not null from load_job where id = $1";
    client.query_one(query, &[&job.0]).await?.try_get(0)
}
