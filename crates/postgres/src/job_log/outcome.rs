//! Finds out whether a load was committed, if the server's answer was lost.

use std::time::Duration;

use cusip_jobs::{JobId, JobStatus};
use tokio::time::{Instant, sleep, timeout};

use super::decode::Name;
use crate::database::Database;
use crate::error::Error;
use crate::lock::{self, holder};

/// How long to look for the outcome. Most servers that fail over are back by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long one look may take.
const LOOK_TIME: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);

/// How long the server may take to notice that the connection has broken.
const TIME_TO_NOTICE: Duration = Duration::from_secs(5);

/// The outcome of a commit as the job log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CommitOutcome {
    Committed,
    RolledBack,
    /// The transaction has not ended.
    Open,
}

impl Database {
    /// Returns whether a load was committed, by looking its job up on new connections.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] if the job log does not show it within a minute.
    pub(crate) async fn was_committed(&self, job: JobId) -> Result<bool, Error> {
        let task = || format!("look up the outcome of job {job}");
        self.pool().replace_connections();
        let started = Instant::now();
        loop {
            let must_end = started.elapsed() > TIME_TO_NOTICE;
            let problem = match timeout(LOOK_TIME, self.commit_outcome(job, must_end)).await {
                Ok(Ok(CommitOutcome::Committed)) => return Ok(true),
                Ok(Ok(CommitOutcome::RolledBack)) => return Ok(false),
                Ok(Ok(CommitOutcome::Open)) => {
                    self.statement_failed(task(), "its transaction has not ended")
                }
                Ok(Err(error)) => error,
                Err(_) => self.statement_failed(task(), "the server does not respond"),
            };
            if started.elapsed() > PATIENCE {
                return Err(Error::OutcomeUnknown {
                    job,
                    place: self.place().to_owned(),
                    source: Box::new(problem),
                });
            }
            sleep(PAUSE).await;
        }
    }

    /// Looks the outcome up once. If the transaction must end, ends its session.
    async fn commit_outcome(&self, job: JobId, must_end: bool) -> Result<CommitOutcome, Error> {
        let failed = |error| self.statement(format!("look up the outcome of job {job}"), error);
        // A standby may not have received the commit yet.
        self.pool().check_writable().await?;
        let client = self.client().await?;
        if must_end {
            holder::end(&client, job, "true").await.map_err(failed)?;
        }
        // The lock is free only when the commit can be seen. So look at the lock first.
        let is_held = format!("select {}", lock::is_held());
        let row = client.query_one(&is_held, &[]).await.map_err(failed)?;
        let is_held: bool = row.try_get(0).map_err(failed)?;
        let status = "select status from load_job where id = $1";
        let row = client.query_opt(status, &[&job.0]).await.map_err(failed)?;
        let status = row.map(|row| row.try_get::<_, Name<JobStatus>>(0));
        let status = status.transpose().map_err(failed)?;
        Ok(match status.map(|Name(status)| status) {
            Some(JobStatus::Succeeded) => CommitOutcome::Committed,
            Some(JobStatus::Running) if is_held => CommitOutcome::Open,
            // A server that has lost the job lost the load with it.
            _ => CommitOutcome::RolledBack,
        })
    }
}
