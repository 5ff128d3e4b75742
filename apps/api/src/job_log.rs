//! The job log as requests read it: with a time limit, and with errors as problems.

mod last_loads;

use std::time::Duration;

use cusip_connect::PoolState;
use cusip_jobs::{FileOutcome, Job, JobDocument, JobId, LoadReport, Reject, RejectCursor};
use cusip_loader::RejectFile;
use cusip_pif::FileKind;
use cusip_postgres::{CancelOutcome, Database, JobFilter, LastLoad};
use tokio::time::timeout;

pub(crate) use self::last_loads::LastLoads;
use crate::problem::{Code, Problem};

/// A database that takes longer to answer counts as unavailable.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How many rejects a report shows.
const MAX_REJECTS: u32 = 1_000;

/// Reads the job log. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct JobLog {
    database: Database,
}

impl JobLog {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    pub(crate) fn pool_state(&self) -> PoolState {
        self.database.pool().state()
    }

    /// Returns the jobs that match the filter, newest first.
    pub(crate) async fn jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, Problem> {
        self.within(self.database.jobs(filter, limit)).await
    }

    /// Returns a job without its files.
    pub(crate) async fn job(&self, id: JobId) -> Result<Job, Problem> {
        let found = self.within(self.database.job(id)).await?;
        found.ok_or_else(|| Problem::job_not_found(id))
    }

    /// Returns a job with its files.
    pub(crate) async fn document(&self, id: JobId) -> Result<JobDocument, Problem> {
        let found = self.within(self.database.job_document(id)).await?;
        found.ok_or_else(|| Problem::job_not_found(id))
    }

    /// Returns the report of a job that has ended.
    pub(crate) async fn report(&self, document: JobDocument) -> Result<LoadReport, Problem> {
        let mut rejects = Vec::new();
        if document.job.counts.rejected > 0 {
            let id = document.job.id;
            rejects = self.rejects(id, None, None, MAX_REJECTS).await?;
        }
        Ok(document.into_report(rejects))
    }

    pub(crate) async fn files(&self, id: JobId) -> Result<Vec<FileOutcome>, Problem> {
        self.within(self.database.job_files(id)).await
    }

    /// Returns rejects of a job in the order of its files and their lines.
    ///
    /// Long rejects make the page shorter than `limit`.
    pub(crate) async fn rejects(
        &self,
        id: JobId,
        kind: Option<FileKind>,
        after: Option<RejectCursor>,
        limit: u32,
    ) -> Result<Vec<Reject>, Problem> {
        let rejects = self.database.job_rejects(id, kind, after, limit);
        self.within(rejects).await
    }

    /// Returns how many records of a job break each rule, by file kind.
    pub(crate) async fn reject_rules(
        &self,
        id: JobId,
    ) -> Result<Vec<(FileKind, String, u64)>, Problem> {
        self.within(self.database.reject_rules(id)).await
    }

    async fn last_loads(&self) -> Result<Vec<LastLoad>, Problem> {
        self.within(self.database.last_loads()).await
    }

    /// Returns a reject file to fix and load, or `None` if nothing was rejected.
    pub(crate) fn reject_file(&self, job: &Job, file: FileOutcome) -> Option<RejectFile> {
        RejectFile::new(&self.database, job, file)
    }

    pub(crate) async fn cancel(&self, id: JobId) -> Result<CancelOutcome, Problem> {
        self.within(self.database.cancel_job(id)).await
    }

    async fn within<T, E: Into<Problem>>(
        &self,
        reading: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Problem> {
        match timeout(TIME_LIMIT, reading).await {
            Ok(read) => read.map_err(Into::into),
            Err(_) => {
                let location = self.database.place();
                let seconds = TIME_LIMIT.as_secs();
                let detail = format!(
                    "the database {location} did not respond within {seconds} s; try again later"
                );
                Err(Problem::new(Code::DatabaseUnavailable, detail))
            }
        }
    }
}
