//! Loads: started, shown, cancelled.

mod parameters;
mod rejects;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use cusip_loader::{JobDocument, LoadReport};
use cusip_pif::FileKind;
use cusip_postgres::{CancelOutcome, Job, JobFilter, JobId};
use http::HeaderMap;
use http::header::{HeaderName, VARY};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::parameters::{JobNumber, ListQuery, Query};
use super::health::shutting_down;
use crate::job_log::not_found;
use crate::load_params::LoadBody;
use crate::prefer_header::PreferHeader;
use crate::problem::{Problem, ProblemDocument};
use crate::responses;
use crate::state::AppState;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// How long a request to cancel a job waits for it to end.
const CANCEL_WAIT: Duration = Duration::from_secs(3);

/// What can be begun by a POST below `/jobs/`.
pub(super) const LOADS: [&str; 4] = ["load-all", "load-issuer", "load-issue", "load-issue-attr"];

/// Jobs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct JobList {
    /// The jobs.
    jobs: Vec<Job>,
    /// What to give as `before` for those that follow; null if there are none.
    next: Option<i64>,
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(load_all))
        .routes(routes!(load_issuer))
        .routes(routes!(load_issue))
        .routes(routes!(load_issue_attr))
        .routes(routes!(list))
        .routes(routes!(show, cancel))
        .merge(rejects::routes())
}

/// Describes a load, of which there is one for each kind of file and one for all of them.
macro_rules! load {
    ($(#[$doc:meta])* $name:ident, $path:literal, $kind:expr) => {
        $(#[$doc])*
        ///
        /// The load goes on whatever becomes of the request. The same request repeated while its load
        /// runs waits for that load and begins no second one, whichever server runs it.
        #[utoipa::path(
            post,
            path = $path,
            tag = "jobs",
            security(("token" = [])),
            params(
                ("Prefer" = Option<String>, Header, description = "`respond-async`: answer with 202 as soon as the job has its number. `wait=N`: wait for N seconds at most.", example = "respond-async"),
            ),
            request_body(content = Option<LoadBody>, content_type = "application/json"),
            responses(
                (status = 200, description = "Loaded", body = LoadReport, headers(
                    ("Content-Location" = String, description = "Where the job is shown"),
                    ("Preference-Applied" = Option<String>, description = "What was done as preferred"),
                )),
                (status = 202, description = "Not done yet", body = JobDocument, headers(
                    ("Location" = String, description = "Where the job is shown"),
                    ("Retry-After" = u32, description = "Seconds after which to look there"),
                    ("Preference-Applied" = Option<String>, description = "What was done as preferred"),
                )),
                (status = 400, description = "The body cannot be understood", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 401, description = "The token is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 404, description = "Files are missing", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 408, description = "The body did not come in time", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 409, description = "Another load is running, a newer day was loaded, a file changed meanwhile, or the load was cancelled", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 413, description = "The body is too large", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 415, description = "The body is no JSON by its type", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 422, description = "The files are not fit to be loaded: too many rejects, cut off, of another year", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 500, description = "The program or the database failed", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 503, description = "Database or files cannot be reached, the load was interrupted, or the server is about to end", body = ProblemDocument, content_type = "application/problem+json"),
            ),
        )]
        async fn $name(
            State(service): State<AppState>,
            headers: HeaderMap,
            body: LoadBody,
        ) -> Result<Response, Problem> {
            load(&service, &headers, body, $kind).await
        }
    };
}

load!(
    /// Loads the three files of a day: all of them or nothing.
    load_all, "/jobs/load-all", None
);
load!(
    /// Loads the issuer file of a day.
    load_issuer, "/jobs/load-issuer", Some(FileKind::Issuer)
);
load!(
    /// Loads the issue file of a day.
    load_issue, "/jobs/load-issue", Some(FileKind::Issue)
);
load!(
    /// Loads the issue attribute file of a day.
    load_issue_attr, "/jobs/load-issue-attr", Some(FileKind::IssueAttribute)
);

async fn load(
    service: &AppState,
    headers: &HeaderMap,
    body: LoadBody,
    kind: Option<FileKind>,
) -> Result<Response, Problem> {
    let params = body.load_params(kind, &service.rules)?;
    if service.shutdown.has_begun() {
        return Err(shutting_down());
    }
    let (preferences, limit) = (PreferHeader::of(headers), service.rules.wait);
    let job = service.loads.begin(&params).await?;
    let wait = preferences.wait(limit);
    let answered = async {
        if !wait.is_zero() {
            service.loads.wait(job, wait, &service.shutdown).await?;
        }
        responses::load_result(&service.job_log, job).await
    };
    // Whatever is wrong, it is this job that the caller can ask for later.
    let mut response = answered.await.map_err(|problem| problem.about(job))?;
    let is_accepted = response.status() == http::StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(VARY, PREFER.into());
    if let Some(applied) = preferences.applied(limit, is_accepted) {
        headers.insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}

/// Lists jobs, the newest first.
#[utoipa::path(get, path = "/jobs", tag = "jobs", security(("token" = [])), params(ListQuery), responses(
    (status = 200, body = JobList),
    (status = 400, description = "A parameter cannot be understood", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 401, description = "The token is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 500, description = "The program or the database failed", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 503, description = "The database cannot be reached", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn list(
    State(service): State<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<JobList>, Problem> {
    let limit = query.limit()?;
    let filter = JobFilter::default()
        .before(query.before()?.map(JobId))
        .status(query.status.map(|status| status.name().to_owned()))
        .kind(query.kind.map(|kind| kind.name().to_owned()))
        .date(query.date()?);
    // One more than is shown, which tells whether any follow.
    let mut jobs = service.job_log.jobs(&filter, limit + 1).await?;
    let follow = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next = jobs.last().filter(|_| follow).map(|job| job.job_id);
    Ok(Json(JobList { jobs, next }))
}

/// Shows a job: what it was asked for, how far it is, what became of its files.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", security(("token" = [])), params(JobNumber), responses(
    (status = 200, body = JobDocument),
    (status = 400, description = "That is no number", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 401, description = "The token is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "There is no such job", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 500, description = "The program or the database failed", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 503, description = "The database cannot be reached", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn show(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
) -> Result<Json<JobDocument>, Problem> {
    service.job_log.document(JobId(id)).await.map(Json)
}

/// Cancels a job, whichever server or program runs it. Nothing of it is loaded from then on.
#[utoipa::path(delete, path = "/jobs/{id}", tag = "jobs", security(("token" = [])), params(JobNumber), responses(
    (status = 200, description = "It was cancelled", body = JobDocument),
    (status = 202, description = "It will be cancelled", body = JobDocument, headers(
        ("Location" = String, description = "Where the job is shown"),
        ("Retry-After" = u32, description = "Seconds after which to look there"),
    )),
    (status = 400, description = "That is no number", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 401, description = "The token is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "There is no such job", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 409, description = "It has ended", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 500, description = "The program or the database failed", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 503, description = "The database cannot be reached", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn cancel(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
) -> Result<Response, Problem> {
    let job = JobId(id);
    match service.job_log.cancel(job).await? {
        CancelOutcome::Requested => {
            tracing::info!(job.id = id, "the job is to be cancelled");
            service.loads.cancel(job);
            service
                .loads
                .wait(job, CANCEL_WAIT, &service.shutdown)
                .await?;
            responses::cancellation(&service.job_log, job).await
        }
        CancelOutcome::Ended => {
            let ended = service.job_log.job(job).await?;
            Err(responses::job_ended(job, &ended.status))
        }
        _ => Err(not_found(job)),
    }
}
