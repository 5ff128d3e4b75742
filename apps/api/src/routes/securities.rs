//! Endpoints that look up, search, and list securities.

use axum::extract::State;
use axum::response::Response;
use cusip_postgres::SecurityFilter;
use http::HeaderMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::binary::Binary;
use super::examples;
use super::lookup_params::{AsOfQuery, SecuritiesQuery, SecurityId, limit_for};
use super::problem_responses::CommonProblems;
use super::security_document::{SecurityDocument, SecurityList};
use crate::answer::{Envelope, Hits, Listed, OneSecurity, answer, not_found};
use crate::lookups::security_cusip;
use crate::problem::{Code, Problem, ProblemDocument};
use crate::query_string::Query;
use crate::representation::{Format, Representation};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(show_security))
        .routes(routes!(list_securities))
}

/// Looks up a security by its CUSIP or ISIN.
#[utoipa::path(get, path = "/securities/{id}", tag = "securities", security(("token" = [])), params(SecurityId, AsOfQuery), responses(
    (status = 200, description = "The security", content(
        (SecurityDocument = "application/json", example = json!(examples::security())), (String = "application/x-ndjson"), (String = "text/csv"),
        (Binary = "application/vnd.apache.arrow.stream"),
    )),
    (status = 304, description = "The client has this answer already (`If-None-Match`)"),
    (status = 400, description = "It is not an identifier, or a parameter is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "This security does not exist, or there is no such state", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 406, description = "The client accepts none of the formats", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The state was pruned", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn show_security(
    State(service): State<AppState>,
    SecurityId { id }: SecurityId,
    Query(AsOfQuery { as_of }): Query<AsOfQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lookups, format) = (&service.lookups, Format::accepted(&headers)?);
    let cusip = security_cusip(&id)?;
    let is_conditional = headers.contains_key(http::header::IF_NONE_MATCH);
    let mut state = None;
    if is_conditional || as_of.is_some() {
        state = lookups.state(as_of).await?;
        let representation = Representation { format, state };
        if let Some(response) = representation.not_modified(&headers) {
            return Ok(response);
        }
    }
    let found = match (as_of, state) {
        (Some(_), Some(past)) => lookups.past_security(cusip, past.job).await?,
        _ => {
            let (current, found) = lookups.security(cusip).await?;
            state = current;
            found
        }
    };
    let row = found.ok_or_else(|| Problem::new(Code::SecurityNotFound, not_found(&id, cusip)))?;
    let representation = Representation { format, state };
    let envelope = Envelope::single("security");
    let items = OneSecurity::new(row);
    let mut response = answer(&representation, envelope, items, lookups.place()).await?;
    representation.describe(response.headers_mut());
    Ok(response)
}

/// Searches for securities, the best hits first, or lists all of them.
#[utoipa::path(get, path = "/securities", tag = "securities", security(("token" = [])), params(SecuritiesQuery), responses(
    (status = 200, description = "What was found", content(
        (SecurityList = "application/json", examples(
            ("search" = (summary = "With q", value = json!(examples::hits()))),
            ("list" = (summary = "Without q", value = json!(examples::securities()))),
        )), (String = "application/x-ndjson"), (String = "text/csv"),
        (Binary = "application/vnd.apache.arrow.stream"),
    )),
    (status = 304, description = "The client has this answer already (`If-None-Match`)"),
    (status = 400, description = "A parameter is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "There is no such state", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 406, description = "The client accepts none of the formats", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The state was pruned", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn list_securities(
    State(service): State<AppState>,
    Query(query): Query<SecuritiesQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (lookups, format) = (&service.lookups, Format::accepted(&headers)?);
    if query.q.is_some() && (query.as_of.is_some() || query.after.is_some()) {
        return Err(Problem::bad_request(
            "as_of and after do not apply to a search: leave them out, or leave q out to list securities",
        ));
    }
    let mut representation = Representation {
        format,
        state: lookups.state(query.as_of).await?,
    };
    if let Some(response) = representation.not_modified(&headers) {
        return Ok(response);
    }
    let place = lookups.place();
    let mut response = if let Some(words) = &query.q {
        let hits = query.hits()?;
        let search = || lookups.search(words, hits);
        let (state, hits) = lookups.in_one_state(representation.state, search).await?;
        representation.state = state;
        let hits = Hits(hits.into_iter());
        answer(&representation, Envelope::list("hits"), hits, place).await?
    } else {
        let limit = limit_for(format, query.limit);
        let filter = SecurityFilter {
            issuer: None,
            after: query.after,
            limit: limit.map(|limit| limit + 1),
        };
        let past = representation.state.filter(|_| query.as_of.is_some());
        let rows = lookups.list(&filter, past.map(|state| state.job)).await?;
        if let Some(state) = rows.state()? {
            representation.state = Some(state);
        }
        let listed = Listed::new(rows, limit);
        answer(&representation, Envelope::list("securities"), listed, place).await?
    };
    representation.describe(response.headers_mut());
    Ok(response)
}
