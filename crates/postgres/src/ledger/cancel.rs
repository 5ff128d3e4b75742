//! Cancelling a run from another program.

use tokio_postgres::Client;

use crate::database::Database;
use crate::error::Error;
use crate::job::JobId;

/// A commit under way is waited for so long at most.
const LIMIT: &str = "set local lock_timeout = '5s'";

/// What came of asking for a run to be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelOutcome {
    /// The run will not be committed; whoever runs it sees so within seconds.
    Requested,
    /// The run has ended.
    Ended,
    /// There is no run of this number.
    Unknown,
}

impl Database {
    /// Asks for a run to be cancelled, wherever it runs. From then on it cannot be committed.
    ///
    /// Dead runs are dealt with as by [`jobs`](Self::jobs).
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs), and [`Error::Connection`] if the ledger cannot be written.
    pub async fn cancel_job(&self, job: JobId) -> Result<CancelOutcome, Error> {
        let Some(found) = self.job(job).await? else {
            return Ok(CancelOutcome::Unknown);
        };
        if found.status != "running" {
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

/// Tells whether somebody has asked for the run to be cancelled.
pub(super) async fn is_requested(
    client: &Client,
    job: JobId,
) -> Result<bool, tokio_postgres::Error> {
    let query = "select cancel_requested_at is not null from load_job where id = $1";
    client.query_one(query, &[&job.0]).await?.try_get(0)
}
