//! What a load or a job is answered with, from what the ledger says.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use cusip_loader::JobDocument;
use cusip_postgres::JobId;
use http::StatusCode;
use http::header::{CONTENT_LOCATION, LOCATION, RETRY_AFTER};

use crate::job_log::JobLog;
use crate::problem::{Code, Problem, location};

const RETRY_SECONDS: u16 = 5;
/// Of a job that died there is no error code.
const DIED: &str = "interrupted";

/// Answers with what became of a load: 200 only if it succeeded, 202 while it runs.
pub(crate) async fn load_result(job_log: &JobLog, job: JobId) -> Result<Response, Problem> {
    let document = job_log.document(job).await?;
    match document.success {
        None => Ok(accepted(&document)),
        Some(true) => {
            let report = job_log.report(document).await?;
            let headers = [(CONTENT_LOCATION, location(job))];
            Ok((headers, Json(report)).into_response())
        }
        Some(false) => {
            let code = document.job.error_code.clone();
            let report = job_log.report(document).await?;
            Err(Problem::of_load(code.as_deref().unwrap_or(DIED), report))
        }
    }
}

/// Answers with what became of a request to cancel a job.
pub(crate) async fn cancellation(job_log: &JobLog, job: JobId) -> Result<Response, Problem> {
    let document = job_log.document(job).await?;
    match document.job.status.as_str() {
        "running" => Ok(accepted(&document)),
        "cancelled" => Ok(Json(document).into_response()),
        status => Err(job_ended(job, status)),
    }
}

pub(crate) fn job_ended(job: JobId, status: &str) -> Problem {
    let detail = format!("job {job} has ended ({status}), so there is nothing to cancel");
    Problem::new(Code::JobEnded, detail).about(job)
}

/// Answers that a job goes on, with what there is to tell so far.
pub(crate) fn accepted(document: &JobDocument) -> Response {
    let job = location(JobId(document.job.job_id));
    let retry = http::HeaderValue::from(RETRY_SECONDS);
    let headers = [(LOCATION, job), (RETRY_AFTER, retry)];
    (StatusCode::ACCEPTED, headers, Json(document)).into_response()
}
