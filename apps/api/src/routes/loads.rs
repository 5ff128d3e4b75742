//! Endpoints that start loads.

use axum::extract::State;
use axum::response::Response;
use cusip_jobs::{Caller, JobDocument, LoadReport};
use cusip_pif::FileKind;
use http::header::{HeaderName, VARY};
use http::{HeaderMap, StatusCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::CallerOf;
use crate::load_params::LoadBody;
use crate::prefer_header::PreferHeader;
use crate::problem::{Code, Problem, ProblemDocument};
use crate::responses;
use crate::state::AppState;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The loads that `POST /jobs/…` can start.
pub(super) const LOADS: [&str; 4] = ["load-all", "load-issuer", "load-issue", "load-issue-attr"];

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(load_all))
        .routes(routes!(load_issuer))
        .routes(routes!(load_issue))
        .routes(routes!(load_issue_attr))
}

/// Defines the handler of a load. All of them have the same parameters and responses.
macro_rules! load {
    ($(#[$doc:meta])* $name:ident, $path:literal, $kind:expr) => {
        $(#[$doc])*
        ///
        /// The load continues if the client disconnects. If the same load is already running, on any
        /// server, the request waits for that load instead of starting another one.
        #[utoipa::path(
            post,
            path = $path,
            tag = "jobs",
            security(("token" = [])),
            params(
                ("Prefer" = Option<String>, Header, description = "`respond-async`: respond with 202 as soon as the job has an ID. `wait=N`: wait for N seconds at most.", example = "respond-async"),
            ),
            request_body(content = Option<LoadBody>, content_type = "application/json", example = json!({"date": "2024-01-15"})),
            responses(
                (status = 200, description = "Loaded", body = LoadReport, headers(
                    ("Content-Location" = String, description = "The path of the job"),
                    ("Preference-Applied" = Option<String>, description = "The preferences that were applied"),
                )),
                (status = 202, description = "The load is still running", body = JobDocument, headers(
                    ("Location" = String, description = "The path of the job"),
                    ("Retry-After" = u32, description = "How many seconds to wait before requesting the job"),
                    ("Preference-Applied" = Option<String>, description = "The preferences that were applied"),
                )),
                (status = 400, description = "The request body is invalid", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 401, description = "The token is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 403, description = "The read token may not start loads", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 404, description = "Files are missing", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 408, description = "The request body took too long to arrive", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 409, description = "Another load is running, a newer day has already been loaded, a file changed while it was being read, or the load was canceled", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 413, description = "The request body is too large", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 415, description = "The request body is not declared as JSON", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 422, description = "The files cannot be loaded: too many rejects, truncated, or from another year", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 429, description = "Too many wrong tokens came from this address", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 500, description = "The server or the database failed", body = ProblemDocument, content_type = "application/problem+json"),
                (status = 503, description = "The database or the files are not available, the load was interrupted, its outcome is not known, or the server is shutting down", body = ProblemDocument, content_type = "application/problem+json"),
            ),
        )]
        async fn $name(
            State(service): State<AppState>,
            CallerOf(caller): CallerOf,
            headers: HeaderMap,
            body: LoadBody,
        ) -> Result<Response, Problem> {
            load(&service, caller, &headers, body, $kind).await
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
    caller: Caller,
    headers: &HeaderMap,
    body: LoadBody,
    kind: Option<FileKind>,
) -> Result<Response, Problem> {
    if service.shutdown.has_begun() {
        return Err(Problem::shutting_down());
    }
    let params = body.into_params(kind, &service.load_defaults);
    let preferences = PreferHeader::of(headers);
    let wait = preferences.wait(service.max_wait);
    let job = service.loads.load(&params, caller, wait).await?;
    let mut response = match responses::load_result(&service.job_log, job).await {
        Err(problem) if problem.code() == Code::DatabaseUnavailable => {
            responses::without_job_log(job, service.loads.end(job), problem)
        }
        result => result.map_err(|problem| problem.about(job)),
    }?;
    let is_accepted = response.status() == StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(VARY, PREFER.into());
    if let Some(applied) = preferences.applied(service.max_wait, is_accepted) {
        headers.insert(PREFERENCE_APPLIED, applied);
    }
    Ok(response)
}
