//! The endpoint that looks up many securities at once.

use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use cusip_jobs::AsOf;
use http::HeaderMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::binary::Binary;
use super::examples;
use super::lookup_params::AsOfText;
use super::problem_responses::CommonProblems;
use super::security_document::LookupResults;
use crate::answer::{Envelope, LookedUp, answer};
use crate::load_params::{invalid_body, refuse_other_media_types};
use crate::problem::{Problem, ProblemDocument};
use crate::query_string::refuse_query;
use crate::representation::{Format, Representation};
use crate::request_body::read_body;
use crate::state::AppState;

const MAX_IDS: usize = 10_000;
/// Enough for the most identifiers in any form, each on a line of its own.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The securities to look up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object such as {\"ids\": [\"037833100\"]}"
)]
#[schema(example = json!({"ids": ["037833100", "US5949181045"]}))]
struct LookupBody {
    /// CUSIPs, with or without their check digits, or ISINs that contain one; as strings, because numbers
    /// lose their leading zeros.
    #[serde(deserialize_with = "ids")]
    #[schema(min_items = 1, max_items = 10_000)]
    ids: Vec<String>,
    /// The state to look at, as in `GET /securities/{id}`. Defaults to the current one.
    #[serde(default, deserialize_with = "as_of")]
    #[schema(value_type = Option<AsOfText>, inline)]
    as_of: Option<AsOf>,
}

impl<S: Send + Sync> FromRequest<S> for LookupBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let body = read_body(body, MAX_BODY_BYTES).await?;
        refuse_other_media_types(&head.headers)?;
        // Serde would also accept an array, and treat its items as the fields in their order.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(Problem::bad_request(
                "the request body is a JSON array; send an object such as {\"ids\": [\"037833100\"]}",
            ));
        }
        serde_json::from_slice(&body).map_err(|error| invalid_body(&error))
    }
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(look_up_securities))
        .route_layer(axum::middleware::from_fn(refuse_query))
}

/// Looks up to 10,000 securities up, and answers one by one in the same order: with the security, or with
/// the reason why it was not found.
#[utoipa::path(post, path = "/securities/lookup", tag = "securities", security(("token" = [])), request_body = LookupBody, responses(
    (status = 200, description = "A result for each identifier", content(
        (LookupResults = "application/json", example = json!(examples::results())), (String = "application/x-ndjson"), (String = "text/csv"),
        (Binary = "application/vnd.apache.arrow.stream"),
    )),
    (status = 400, description = "The request body is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "There is no such state", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 406, description = "The client accepts none of the formats", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 408, description = "The request body took too long to arrive", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The state was pruned", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 413, description = "The request body is too large", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 415, description = "The request body is not declared as JSON", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn look_up_securities(
    State(service): State<AppState>,
    headers: HeaderMap,
    body: LookupBody,
) -> Result<Response, Problem> {
    let (lookups, format) = (&service.lookups, Format::accepted(&headers)?);
    let (mut results, cusips) = LookedUp::parse(body.ids);
    let mut state = None;
    if body.as_of.is_some() || cusips.is_empty() {
        state = lookups.state(body.as_of).await?;
    }
    if !cusips.is_empty() {
        let past = state.filter(|_| body.as_of.is_some());
        let rows = lookups
            .securities(&cusips, past.map(|state| state.job))
            .await?;
        state = rows.state()?;
        results = results.with(rows);
    }
    let representation = Representation { format, state };
    let envelope = Envelope::list("results");
    let mut response = answer(&representation, envelope, results, lookups.place()).await?;
    representation.label(response.headers_mut());
    Ok(response)
}

fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let ids: Vec<serde_json::Value> = Vec::deserialize(deserializer)?;
    if !(1..=MAX_IDS).contains(&ids.len()) {
        let message = format!("ids has {} items; send 1 to {MAX_IDS}", ids.len());
        return Err(D::Error::custom(message));
    }
    let id = |value| match value {
        serde_json::Value::String(text) => Ok(text),
        other => Err(D::Error::custom(format!(
            "ids contains {other}; send each identifier as a string such as \"037833100\""
        ))),
    };
    ids.into_iter().map(id).collect()
}

fn as_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AsOf>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let parsed = text.map(|text| {
        let parsed = text.parse::<AsOf>();
        parsed.map_err(|error| D::Error::custom(format!("as_of is {text:?}: {error}")))
    });
    parsed.transpose()
}
