//! Endpoints that show what loads changed: in a security, and in all records.

use axum::extract::State;
use axum::response::Response;
use cusip_jobs::JobId;
use cusip_postgres::JobRange;
use http::HeaderMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::binary::Binary;
use super::examples;
use super::lookup_params::{ChangesQuery, SecurityId, limit_for};
use super::problem_responses::CommonProblems;
use super::security_document::{ChangeList, HistoryDocument};
use crate::answer::{Changed, Envelope, answer, not_found};
use crate::lookups::security_cusip;
use crate::problem::{Code, Problem, ProblemDocument};
use crate::query_string::{Query, refuse_query};
use crate::representation::{Format, Representation};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(show_history))
        .route_layer(axum::middleware::from_fn(refuse_query))
        .routes(routes!(list_changes))
}

/// Shows all versions of a security, newest first, with what changed between them.
///
/// CSV and Arrow have a row for each field that changed.
#[utoipa::path(get, path = "/securities/{id}/history", tag = "securities", security(("token" = [])), params(SecurityId), responses(
    (status = 200, description = "The versions", content(
        (HistoryDocument = "application/json", example = json!(examples::history())), (String = "application/x-ndjson"), (String = "text/csv"),
        (Binary = "application/vnd.apache.arrow.stream"),
    )),
    (status = 304, description = "The client has this answer already (`If-None-Match`)"),
    (status = 400, description = "It is not an identifier", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "This security does not exist", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 406, description = "The client accepts none of the formats", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn show_history(
    State(service): State<AppState>,
    SecurityId { id }: SecurityId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lookups, format) = (&service.lookups, Format::accepted(&headers)?);
    let cusip = security_cusip(&id)?;
    let mut representation = Representation {
        format,
        state: lookups.state(None).await?,
    };
    if let Some(response) = representation.not_modified(&headers) {
        return Ok(response);
    }
    let read = || lookups.history(cusip);
    let (state, changes) = lookups.in_one_state(representation.state, read).await?;
    representation.state = state;
    let versions = Changed::all(changes).await?;
    let versions =
        versions.ok_or_else(|| Problem::new(Code::SecurityNotFound, not_found(&id, cusip)))?;
    let envelope = Envelope::list("versions").with("cusip", &format!("\"{cusip}\""));
    let mut response = answer(&representation, envelope, versions, lookups.place()).await?;
    representation.describe(response.headers_mut());
    Ok(response)
}

/// Lists what the loads after a job changed, in the order of loads: a feed to poll.
///
/// CSV and Arrow have a row for each field that changed.
#[utoipa::path(get, path = "/changes", tag = "securities", security(("token" = [])), params(ChangesQuery), responses(
    (status = 200, description = "A page of changes", content(
        (ChangeList = "application/json", example = json!(examples::changes())), (String = "application/x-ndjson"), (String = "text/csv"),
        (Binary = "application/vnd.apache.arrow.stream"),
    )),
    (status = 304, description = "The client has this answer already (`If-None-Match`)"),
    (status = 400, description = "A parameter is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "No load is as recent as `since_job`", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 406, description = "The client accepts none of the formats", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "Some of the changes were pruned", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn list_changes(
    State(service): State<AppState>,
    Query(query): Query<ChangesQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lookups, format) = (&service.lookups, Format::accepted(&headers)?);
    let representation = Representation {
        format,
        state: lookups.state(None).await?,
    };
    if let Some(response) = representation.not_modified(&headers) {
        return Ok(response);
    }
    // A load that commits from now on is for the next poll.
    let range = JobRange {
        after: query.since_job,
        upto: representation.state.map_or(JobId(0), |state| state.job),
    };
    if range.after > range.upto {
        return Err(after_the_newest(range));
    }
    let limit = limit_for(format, query.limit);
    let most = limit.map(|limit| limit + 1);
    let changes = lookups.changes(range, query.after.as_ref(), most).await?;
    let page = Changed::page(changes, limit);
    let envelope = Envelope::list("changes");
    let mut response = answer(&representation, envelope, page, lookups.place()).await?;
    representation.describe(response.headers_mut());
    Ok(response)
}

/// A consumer that has seen later jobs than there are follows another database, or one that was restored.
fn after_the_newest(JobRange { after, upto }: JobRange) -> Problem {
    let detail = format!(
        "the newest load is job {upto}, so nothing can follow on job {after}; if the database was restored from a backup, copy everything again from since_job=0"
    );
    Problem::new(Code::StateNotFound, detail)
}
