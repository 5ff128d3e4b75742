//! The job log as requests read it: with a time limit, and with errors as problems.

mod last_loads;

use std::time::Duration;

use cusip_connect::PoolState;
use cusip_jobs::{
    FileOutcome, Job, JobDocument, JobId, LoadReport, Reject, RejectCursor, RejectGroup,
};
use cusip_loader::RejectFile;
use cusip_pif::{Date, FileKind};
use cusip_postgres::{
    CancelOutcome, Database, Error as DatabaseError, JobFilter, LastLoad, LoadedDay,
};

pub(crate) use self::last_loads::LastLoads;
use crate::database_read::read_within;
use crate::problem::Problem;

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
        self.read(|| self.database.jobs(filter, limit)).await
    }

    /// Returns a job without its files.
    pub(crate) async fn job(&self, id: JobId) -> Result<Job, Problem> {
        let found = self.read(|| self.database.job(id)).await?;
        found.ok_or_else(|| Problem::job_not_found(id))
    }

    /// Returns a job with its files.
    pub(crate) async fn document(&self, id: JobId) -> Result<JobDocument, Problem> {
        let found = self.read(|| self.database.job_document(id)).await?;
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
        self.read(|| self.database.job_files(id)).await
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
        self.read(|| self.database.job_rejects(id, kind, after, limit))
            .await
    }

    /// Returns how many records of a job break each rule, by file kind.
    pub(crate) async fn reject_rules(
        &self,
        id: JobId,
    ) -> Result<Vec<(FileKind, String, u64)>, Problem> {
        self.read(|| self.database.reject_rules(id)).await
    }

    /// Returns the rejects of a job by rule, with the first ones of each.
    pub(crate) async fn reject_groups(&self, id: JobId) -> Result<Vec<RejectGroup>, Problem> {
        self.read(|| self.database.reject_groups(id)).await
    }

    /// Returns how the days of a range were loaded.
    pub(crate) async fn loaded_days(
        &self,
        first: Date,
        last: Date,
    ) -> Result<Vec<LoadedDay>, Problem> {
        self.read(|| self.database.loaded_days(first, last)).await
    }

    async fn last_loads(&self) -> Result<Vec<LastLoad>, Problem> {
        self.read(|| self.database.last_loads()).await
    }

    /// Returns a reject file to fix and load, or `None` if nothing was rejected.
    pub(crate) fn reject_file(&self, job: &Job, file: FileOutcome) -> Option<RejectFile> {
        RejectFile::new(&self.database, job, file)
    }

    pub(crate) async fn cancel(&self, id: JobId) -> Result<CancelOutcome, Problem> {
        self.read(|| self.database.cancel_job(id)).await
    }

    /// Ends the session of a canceled job whose program does not respond.
    pub(crate) async fn end_cancelled(&self, id: JobId) -> Result<bool, Problem> {
        self.read(|| self.database.end_cancelled_job(id)).await
    }

    async fn read<T, F>(&self, read: impl Fn() -> F + Send + Sync) -> Result<T, Problem>
    where
        T: Send,
        F: Future<Output = Result<T, DatabaseError>> + Send,
    {
        read_within(TIME_LIMIT, self.database.place(), read).await
    }
}
