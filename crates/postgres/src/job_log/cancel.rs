//! Cancels a job from another session.

use cusip_jobs::{JobId, JobStatus};
use tokio_postgres::Client;

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
        let mut client = self.client().await?;
        let requested = async {
            let transaction = client.transaction().await?;
            transaction.batch_execute(LIMIT).await?;
            let update = "update load_job
                set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
                where id = $1 and status = 'running'";
            let requested = transaction.execute(update, &[&job.0]).await?;
            transaction.commit().await?;
            Ok(requested)
        };
        match requested.await {
            Ok(0) => Ok(CancelOutcome::Ended),
            Ok(_) => Ok(CancelOutcome::Requested),
            Err(error) => Err(self.statement(format!("cancel job {job}"), error)),
        }
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
