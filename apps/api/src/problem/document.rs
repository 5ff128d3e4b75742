//! The problem document that clients receive (RFC 9457).

use cusip_jobs::{FileOutcome, Reject};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem. Every answer that is not a success has this form.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    /// A link to the description of the code, on this server.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    pub(super) kind: String,
    /// A short description of the code.
    pub(super) title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub(super) status: u16,
    /// What went wrong this time, and what to do about it.
    pub(super) detail: String,
    /// The path of the job, or the path of the request if the problem is not about a job.
    #[schema(format = "uri-reference")]
    pub(super) instance: String,
    /// The code of the problem, for programs. Codes never change.
    pub(super) code: &'static str,
    /// The ID of the request, which is also in the server's log.
    pub(super) request_id: String,
    /// The ID of the job, if the problem is about a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job_id: Option<i64>,
    /// False if the problem is about a load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) success: Option<bool>,
    /// The result of the load, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    /// The day of the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<String>,
    /// The files of the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) results: Option<Vec<FileOutcome>>,
    /// The first rejects of the load. The job has all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rejects: Option<Vec<Reject>>,
}
