//! The ledger as requests read it: never for long.

use std::time::Duration;

use cusip_connect::PoolState;
use cusip_loader::{JobDocument, RejectFile};
use cusip_pif::FileKind;
use cusip_postgres::{
    CancelOutcome, Database, Job, JobFile, JobFilter, JobId, LoggedReject, RejectPlace,
};
use tokio::time::timeout;

use crate::problem::{Code, Problem};

/// A database that takes longer to answer is as good as none.
const LIMIT: Duration = Duration::from_secs(10);

/// Reads the ledger. Cheap to clone.
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

    pub(crate) async fn jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, Problem> {
        self.within(self.database.filtered_jobs(filter, limit))
            .await
    }

    /// Returns a run alone.
    pub(crate) async fn job(&self, id: JobId) -> Result<Job, Problem> {
        let found = self.within(self.database.job(id)).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// Returns a run with its files.
    pub(crate) async fn document(&self, id: JobId) -> Result<JobDocument, Problem> {
        let found = self.within(JobDocument::read(&self.database, id)).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// Returns the report of a run that has ended.
    pub(crate) async fn report(
        &self,
        document: JobDocument,
    ) -> Result<cusip_loader::LoadReport, Problem> {
        self.within(document.report(&self.database)).await
    }

    pub(crate) async fn files(&self, id: JobId) -> Result<Vec<JobFile>, Problem> {
        self.within(self.database.job_files(id)).await
    }

    pub(crate) async fn rejects(
        &self,
        id: JobId,
        kind: Option<FileKind>,
        after: Option<RejectPlace>,
        limit: u32,
    ) -> Result<Vec<LoggedReject>, Problem> {
        let rejects = self.database.job_rejects_after(id, kind, after, limit);
        self.within(rejects).await
    }

    /// Returns how many records of a run break each rule, by the kind of their files.
    pub(crate) async fn reject_rules(
        &self,
        id: JobId,
    ) -> Result<Vec<(FileKind, String, u64)>, Problem> {
        self.within(self.database.reject_rules(id)).await
    }

    /// Returns how long ago, in seconds, each kind of file was loaded last.
    pub(crate) async fn last_loads(&self) -> Result<Vec<(FileKind, f64)>, Problem> {
        self.within(self.database.last_loads()).await
    }

    /// Begins to read the rejects of a run's file, as they are to be mended.
    pub(crate) fn reject_file(&self, job: &Job, file: JobFile) -> RejectFile {
        RejectFile::new(&self.database, job, file)
    }

    pub(crate) async fn cancel(&self, id: JobId) -> Result<CancelOutcome, Problem> {
        self.within(self.database.cancel_job(id)).await
    }

    async fn within<T, E: Into<Problem>>(
        &self,
        reading: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Problem> {
        match timeout(LIMIT, reading).await {
            Ok(read) => read.map_err(Into::into),
            Err(_) => {
                let place = self.database.place();
                let seconds = LIMIT.as_secs();
                let detail = format!(
                    "the database {place} has not answered within {seconds} s; try again later"
                );
                Err(Problem::new(Code::DatabaseUnavailable, detail))
            }
        }
    }
}

pub(crate) fn not_found(id: JobId) -> Problem {
    let detail = format!("there is no job {id}; GET /jobs lists those that are there");
    Problem::new(Code::JobNotFound, detail)
}
