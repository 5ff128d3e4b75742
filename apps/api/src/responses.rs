//! The responses about loads and jobs, from what the job log says.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use cusip_jobs::{JobDocument, JobId, JobStatus, LoadReport};
use http::header::{CONTENT_LOCATION, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::job_log::JobLog;
use crate::loads::LoadEnd;
use crate::problem::{Code, Problem, job_location};

const RETRY_AFTER_SECONDS: u16 = 5;
/// The code of a job that died, for which the job log has none.
const DIED: &str = "interrupted";

/// Responds with the result of a load: 200 if it succeeded, 202 while it is running.
pub(crate) async fn load_result(job_log: &JobLog, job: JobId) -> Result<Response, Problem> {
    let document = job_log.document(job).await?;
    match document.success {
        None => Ok(still_running(&document)),
        Some(true) => Ok(loaded(job, &job_log.report(document).await?)),
        Some(false) => {
            let code = document.job.error_code.clone();
            let report = job_log.report(document).await?;
            Err(Problem::failed_load(
                code.as_deref().unwrap_or(DIED),
                report,
            ))
        }
    }
}

/// Responds with the result of a load while the job log cannot be read, from what its task knows.
///
/// Names the job in any case, so that the client can look it up later.
pub(crate) fn without_job_log(
    job: JobId,
    end: Option<LoadEnd>,
    problem: Problem,
) -> Result<Response, Problem> {
    match end {
        Some(LoadEnd::Succeeded(report)) => Ok(loaded(job, &report)),
        Some(LoadEnd::Failed) => Err(problem.about(job)),
        Some(LoadEnd::Unknown) | None => Err(Problem::outcome_unknown(job, &problem)),
    }
}

fn loaded(job: JobId, report: &LoadReport) -> Response {
    let headers = [(CONTENT_LOCATION, job_location(job))];
    (headers, Json(report)).into_response()
}

/// Responds to a request to cancel a job: 200 if it was canceled, 202 while it is running.
pub(crate) async fn cancellation(job_log: &JobLog, job: JobId) -> Result<Response, Problem> {
    let document = job_log.document(job).await?;
    match document.job.status {
        JobStatus::Running => Ok(still_running(&document)),
        JobStatus::Cancelled => Ok(Json(document).into_response()),
        status => Err(job_ended(job, status)),
    }
}

/// Returns the problem of a request to cancel a job that has ended.
pub(crate) fn job_ended(job: JobId, status: JobStatus) -> Problem {
    let detail = format!("job {job} has already ended ({status}) and cannot be canceled");
    Problem::new(Code::JobEnded, detail).about(job)
}

fn still_running(document: &JobDocument) -> Response {
    let job = job_location(document.job.id);
    let headers = [
        (LOCATION, job),
        (RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS)),
    ];
    (StatusCode::ACCEPTED, headers, Json(document)).into_response()
}
