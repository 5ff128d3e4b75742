//! The endpoint that shows an issuer with its issues.

use axum::extract::State;
use axum::response::Response;
use cusip_postgres::SecurityFilter;
use http::HeaderMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::binary::Binary;
use super::examples;
use super::lookup_params::{IssuerId, IssuesQuery, limit_for};
use super::problem_responses::CommonProblems;
use super::security_document::IssuerDocument;
use crate::answer::{Envelope, Listed, answer};
use crate::lookups::issuer_num;
use crate::problem::{Code, Problem, ProblemDocument};
use crate::query_string::Query;
use crate::representation::{Format, Representation};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show_issuer))
}

/// Shows an issuer with its issues. The other formats have only the issues.
#[utoipa::path(get, path = "/issuers/{num}", tag = "securities", security(("token" = [])), params(IssuerId, IssuesQuery), responses(
    (status = 200, description = "The issuer, and a page of its issues", content(
        (IssuerDocument = "application/json", example = json!(examples::issuer())), (String = "application/x-ndjson"), (String = "text/csv"),
        (Binary = "application/vnd.apache.arrow.stream"),
    )),
    (status = 304, description = "The client has this answer already (`If-None-Match`)"),
    (status = 400, description = "It is not an issuer number, or a parameter is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "This issuer does not exist, or there is no such state", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 406, description = "The client accepts none of the formats", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The state was pruned", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn show_issuer(
    State(service): State<AppState>,
    IssuerId { num }: IssuerId,
    Query(query): Query<IssuesQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lookups, format) = (&service.lookups, Format::accepted(&headers)?);
    let issuer = issuer_num(&num)?;
    let mut representation = Representation {
        format,
        state: lookups.state(query.as_of).await?,
    };
    if let Some(response) = representation.not_modified(&headers) {
        return Ok(response);
    }
    let past = representation.state.filter(|_| query.as_of.is_some());
    let past = past.map(|state| state.job);
    let unknown = || {
        let detail = format!("there is no issuer with the number {issuer}");
        Problem::new(Code::IssuerNotFound, detail)
    };
    let record = lookups.issuer(issuer, past).await?.ok_or_else(unknown)?;
    let limit = limit_for(format, query.limit);
    let filter = SecurityFilter {
        issuer: Some(issuer),
        after: query.after,
        limit: limit.map(|limit| limit + 1),
    };
    let rows = lookups.list(&filter, past).await?;
    if let Some(state) = rows.state()? {
        representation.state = Some(state);
    }
    let envelope = Envelope::list("issues").with("issuer", &record);
    let issues = Listed::new(rows, limit);
    let mut response = answer(&representation, envelope, issues, lookups.place()).await?;
    representation.describe(response.headers_mut());
    Ok(response)
}
