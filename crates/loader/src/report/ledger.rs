//! Reports from what the ledger has kept, the same from every program that is asked.

use cusip_postgres::{Database, FileId, Job, JobFile, JobId};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{FileReport, FileStatus, LoadReport, success_message};
use crate::error::Error;
use crate::problem::Reject;

const MOST_REJECTS: u32 = 1_000;
const DIED: &str = "the program that ran it has died; nothing was loaded, load again";

/// A run with its files, as the ledger has them, whether it has ended or not.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct JobDocument {
    /// The run.
    #[serde(flatten)]
    pub job: Job,
    /// Whether everything was loaded; null while it runs.
    pub success: Option<bool>,
    /// What became of it, in a sentence.
    pub message: String,
    /// The files in the order in which they were loaded, as far as they were opened.
    pub results: Vec<JobResult>,
}

/// What became of one file of a run, and what is known of the file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct JobResult {
    /// The file's number.
    pub file_id: FileId,
    /// What became of it.
    #[serde(flatten)]
    pub report: FileReport,
    /// The bytes that the source announced.
    pub size: Option<i64>,
    /// The bytes read.
    pub bytes_read: i64,
    /// When it was last changed, UTC.
    pub last_modified: Option<String>,
    /// The object's entity tag.
    pub e_tag: Option<String>,
    /// The object's version.
    pub version_id: Option<String>,
    /// The SHA-256 of its content, in hexadecimal digits, if it was read to its end.
    pub sha256: Option<String>,
    /// The text of its trailer.
    pub trailer: Option<String>,
    /// Milliseconds by phase.
    pub phase_ms: Map<String, Value>,
}

impl JobDocument {
    /// Reads a run, if there is one of this number.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the ledger cannot be read.
    pub async fn read(database: &Database, job: JobId) -> Result<Option<Self>, Error> {
        let Some(job) = database.job(job).await? else {
            return Ok(None);
        };
        let files = database.job_files(JobId(job.job_id)).await?;
        let results: Vec<_> = files.into_iter().map(JobResult::from).collect();
        Ok(Some(Self {
            success: (job.status != "running").then(|| job.status == "succeeded"),
            message: message(&job, &results),
            job,
            results,
        }))
    }

    /// Makes the report of a run that has ended, as [`load`](crate::load()) had returned it.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if its rejects cannot be read.
    pub async fn report(self, database: &Database) -> Result<LoadReport, Error> {
        let mut rejects = Vec::new();
        if self.job.counts.rejected > 0 {
            let job = JobId(self.job.job_id);
            let logged = database.job_rejects_after(job, None, None, MOST_REJECTS);
            rejects = logged.await?.into_iter().map(Reject::from).collect();
        }
        Ok(LoadReport {
            job_id: Some(self.job.job_id),
            success: self.success.unwrap_or_default(),
            message: self.message,
            dry_run: is_dry_run(&self.job),
            date: self.job.date,
            results: self.results.into_iter().map(|file| file.report).collect(),
            rejects,
        })
    }
}

impl From<JobFile> for JobResult {
    fn from(file: JobFile) -> Self {
        let status = match file.status.as_str() {
            "running" => FileStatus::Running,
            "succeeded" => FileStatus::Success,
            _ if file.error.is_some() => FileStatus::Error,
            _ => FileStatus::Skipped,
        };
        let mut report = FileReport::new(file.location, file.kind, status);
        report.set_counts(file.counts);
        report.warnings = file.warnings;
        report.already_loaded_by = file.already_loaded_by;
        report.error = file.error;
        Self {
            file_id: file.id,
            report,
            size: file.size,
            bytes_read: file.bytes_read,
            last_modified: file.last_modified,
            e_tag: file.e_tag,
            version_id: file.version_id,
            sha256: file.sha256,
            trailer: file.trailer,
            phase_ms: file.phase_ms,
        }
    }
}

fn message(job: &Job, results: &[JobResult]) -> String {
    if let Some(error) = &job.error {
        return error.clone();
    }
    match job.status.as_str() {
        "running" if job.cancel_requested_at.is_some() => "it is being cancelled".to_owned(),
        "running" => "it is running".to_owned(),
        "interrupted" => DIED.to_owned(),
        _ => {
            let files: Vec<_> = results.iter().map(|file| file.report.clone()).collect();
            success_message(&files, is_dry_run(job))
        }
    }
}

fn is_dry_run(job: &Job) -> bool {
    job.options.get("dry_run") == Some(&Value::Bool(true))
}
