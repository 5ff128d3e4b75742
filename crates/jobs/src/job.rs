//! Jobs, as the job log stores them.

use cusip_pif::{Date, FileKind};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::file::FileOutcome;
use crate::id::JobId;
use crate::load_report::{LoadReport, success_message};
use crate::phase::JobPhase;
use crate::reject::Reject;
use crate::request::JobKind;
use crate::row_counts::RowCounts;
use crate::status::JobStatus;
use crate::wire;

const DIED: &str = "the program that ran it has died or stopped; nothing was loaded, load again";

/// A job, as the job log stores it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// The job's number.
    #[serde(rename = "job_id")]
    pub id: JobId,
    /// What was asked for: `load-all`, `load-issuer`, `load-issue`, `load-issue-attr`, `load-files` or
    /// `prune-history`.
    #[serde(serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: JobKind,
    /// The day of the files, as `YYYY-MM-DD`; null for files that were named one by one.
    #[serde(serialize_with = "wire::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub date: Option<Date>,
    /// `running`, `succeeded`, `failed`, `cancelled` or `interrupted`.
    #[serde(serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub status: JobStatus,
    /// When it started, UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub started_at: String,
    /// When it ended, in the same format; for a job that died, when that was noticed.
    pub finished_at: Option<String>,
    /// Its duration in seconds.
    pub seconds: Option<f64>,
    /// The user who started it.
    pub started_by: String,
    /// The name of the machine that it ran on.
    pub host: Option<String>,
    /// The address of the client whose request started it; null for jobs of the command line.
    pub client_address: Option<String>,
    /// The ID of that request, which is also in the server's log.
    pub request_id: Option<String>,
    /// The name of the caller, from the header that `CUSIP_API_REQUESTED_BY_HEADER` names.
    pub requested_by: Option<String>,
    /// The program: `cli` or `api`.
    pub program: String,
    /// The program's version.
    pub program_version: String,
    /// The job's options, by name.
    pub options: Map<String, Value>,
    /// The stable code of the error that ended it.
    pub error_code: Option<String>,
    /// That error.
    pub error: Option<String>,
    /// When a user asked to cancel it, UTC.
    pub cancel_requested_at: Option<String>,
    /// Its progress, while it is running.
    pub progress: Option<JobProgress>,
    /// The records of all its files, by result.
    #[serde(flatten)]
    pub counts: RowCounts,
}

impl Job {
    /// Returns whether it was a dry run.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.options.get("dry_run") == Some(&Value::Bool(true))
    }
}

/// How far a running job is, at most a second ago.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobProgress {
    /// What it is doing: `finding`, `reading`, `checking`, `merging` or `committing`.
    #[serde(serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub phase: JobPhase,
    /// The kind of file that it is working on.
    #[serde(rename = "type", serialize_with = "wire::kind")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub kind: Option<FileKind>,
    /// The bytes read.
    pub bytes_read: u64,
    /// The bytes of all files to read, once they are known.
    pub bytes_total: Option<u64>,
    /// The records read.
    pub rows_read: u64,
    /// How much of the work is done, in percent: an estimate that covers all phases, never falls, and
    /// stays below 100 until the job has ended. Null if the size of a file is unknown.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub percent: Option<f64>,
}

/// A job with its files, whether it has ended or not.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobDocument {
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// Whether everything was loaded; null while it runs.
    pub success: Option<bool>,
    /// The result in a sentence.
    pub message: String,
    /// The files that were opened, in the order in which they were loaded.
    pub results: Vec<FileOutcome>,
}

impl JobDocument {
    /// Creates the document of a job with these files.
    #[must_use]
    pub fn new(job: Job, results: Vec<FileOutcome>) -> Self {
        let success = match job.status {
            JobStatus::Running => None,
            status => Some(status == JobStatus::Succeeded),
        };
        Self {
            success,
            message: message(&job, &results),
            job,
            results,
        }
    }

    /// Creates the report that the load returned, once it has ended, with its first rejects.
    #[must_use]
    pub fn into_report(self, mut rejects: Vec<Reject>) -> LoadReport {
        for reject in &mut rejects {
            reject.file_id = None;
            reject.raw_line = None;
        }
        LoadReport {
            job_id: Some(self.job.id),
            success: self.success.unwrap_or_default(),
            message: self.message,
            dry_run: self.job.is_dry_run(),
            date: self.job.date,
            results: self.results,
            rejects,
            reject_groups: Vec::new(),
        }
    }
}

fn message(job: &Job, files: &[FileOutcome]) -> String {
    if let Some(error) = &job.error {
        return error.clone();
    }
    match job.status {
        JobStatus::Running if job.cancel_requested_at.is_some() => {
            "it is being canceled".to_owned()
        }
        JobStatus::Running => "it is running".to_owned(),
        JobStatus::Interrupted => DIED.to_owned(),
        _ if job.kind == JobKind::PruneHistory => "pruned the history".to_owned(),
        _ => success_message(files, job.is_dry_run()),
    }
}
