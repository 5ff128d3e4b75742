//! Endpoints that list, show, and cancel jobs.

use axum::Json;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::Response;
use cusip_jobs::{Job, JobDocument, JobId};
use cusip_postgres::{CancelOutcome, JobFilter};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::params::{JobNumber, ListQuery};
use super::problem_responses::CommonProblems;
use crate::problem::{Problem, ProblemDocument};
use crate::query_string::{Query, refuse_query};
use crate::responses;
use crate::state::AppState;

/// A page of jobs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct JobList {
    /// The jobs.
    jobs: Vec<Job>,
    /// The value of `before` for the next page, or null if this is the last page.
    next: Option<i64>,
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(show_job, cancel_job))
        .route_layer(from_fn(refuse_query))
        .routes(routes!(list_jobs))
}

/// Lists jobs, the newest first.
#[utoipa::path(get, path = "/jobs", tag = "jobs", security(("token" = [])), params(ListQuery), responses(
    (status = 200, description = "A page of jobs", body = JobList),
    (status = 400, description = "A parameter is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn list_jobs(
    State(service): State<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<JobList>, Problem> {
    let limit = query.limit;
    let filter = JobFilter {
        before: query.before,
        status: query.status,
        kind: query.kind,
        date: query.date,
    };
    // Read one more than the page holds, to see whether there is a next page.
    let mut jobs = service.job_log.jobs(&filter, limit + 1).await?;
    let has_next = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next = jobs.last().filter(|_| has_next).map(|job| job.id.0);
    Ok(Json(JobList { jobs, next }))
}

/// Shows a job: its parameters, its progress, and the result of each file.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", security(("token" = [])), params(JobNumber), responses(
    (status = 200, description = "The job", body = JobDocument),
    (status = 400, description = "The ID is not a number", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "This job does not exist", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn show_job(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
) -> Result<Json<JobDocument>, Problem> {
    service.job_log.document(JobId(id)).await.map(Json)
}

/// Cancels a job, whichever server or program runs it. None of it is loaded.
#[utoipa::path(delete, path = "/jobs/{id}", tag = "jobs", security(("token" = [])), params(JobNumber), responses(
    (status = 200, description = "The job was canceled", body = JobDocument),
    (status = 202, description = "The job will be canceled", body = JobDocument, headers(
        ("Location" = String, description = "The path of the job"),
        ("Retry-After" = u32, description = "How many seconds to wait before requesting the job"),
    )),
    (status = 400, description = "The ID is not a number", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 403, description = "The read token may not cancel jobs", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "This job does not exist", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 409, description = "The job has already ended", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn cancel_job(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
) -> Result<Response, Problem> {
    let job = JobId(id);
    match service.job_log.cancel(job).await? {
        CancelOutcome::Requested => {
            tracing::info!(job.id = id, "canceling job");
            service.loads.cancel(job).await?;
            responses::cancellation(&service.job_log, job).await
        }
        CancelOutcome::Ended => {
            let ended = service.job_log.job(job).await?;
            Err(responses::job_ended(job, ended.status))
        }
        _ => Err(Problem::job_not_found(job)),
    }
}
