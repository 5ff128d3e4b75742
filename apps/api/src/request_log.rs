//! Middleware for every request: assigns its ID, logs and counts it, and writes problem documents.

use std::mem;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::caller::CallerOf;
use crate::problem::Problem;
use crate::shortened::shortened;
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_LENGTH: usize = 128;
const UNMATCHED: &str = "unmatched";

/// What `authentication` refuses and logs. Anyone can cause any number of such requests.
const LOGGED_ELSEWHERE: [StatusCode; 2] = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];

/// Paths that machines request all the time. Requests for them are logged at the level `debug`.
const PROBES: [&str; 4] = ["/live", "/ready", "/health", "/metrics"];

pub(crate) async fn log_request(
    State(service): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let (metrics, started) = (&service.metrics, Instant::now());
    let id = request_id(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or(UNMATCHED, MatchedPath::as_str).to_owned();
    let rules = &service.caller_rules;
    let caller = rules.caller(request.extensions(), request.headers(), &id);
    let span = tracing::info_span!(
        "request",
        request.id = id,
        http.method = %shortened(method.as_str()),
        http.path = %shortened(&path),
        client.address = caller.address.map(tracing::field::display),
    );
    request.extensions_mut().insert(CallerOf(caller));
    let in_flight = metrics.request_started();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(in_flight);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = with_document(problem, response, &path, &id);
    }
    if let Ok(value) = HeaderValue::try_from(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status(), started.elapsed());
    metrics.request_ended(&method, &route, status.as_u16(), took);
    let _entered = span.entered();
    let (status_code, milliseconds) = (status.as_u16(), took.as_millis() as u64);
    if PROBES.contains(&route.as_str()) || LOGGED_ELSEWHERE.contains(&status) {
        tracing::debug!(
            http.status = status_code,
            duration_ms = milliseconds,
            "answered"
        );
    } else {
        tracing::info!(
            http.status = status_code,
            duration_ms = milliseconds,
            "answered"
        );
    }
    response
}

/// Returns the problem's response, with the headers that the router has added, such as `Allow`.
fn with_document(problem: Problem, mut routed: Response, path: &str, id: &str) -> Response {
    let headers = mem::take(routed.headers_mut());
    let mut response = problem.into_document_response(path, id);
    for (name, value) in &headers {
        response.headers_mut().entry(name).or_insert(value.clone());
    }
    response
}

/// Returns the ID that the client has given the request if it is safe to log, or else a new ID.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let is_safe = |id: &&str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=+/@".contains(&byte);
        (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(is_allowed)
    };
    let given = given.filter(is_safe).map(str::to_owned);
    given.unwrap_or_else(|| Uuid::new_v4().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(value: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static(value));
        request_id(&headers)
    }

    #[test]
    fn safe_id_is_kept_and_any_other_is_replaced() {
        assert_eq!(
            id_for("Root=1-67891233-abcdef012345"),
            "Root=1-67891233-abcdef012345"
        );
        for value in ["", "two words", "a\tb", "\"quoted\""] {
            assert!(Uuid::parse_str(&id_for(value)).is_ok(), "{value}");
        }
        assert!(Uuid::parse_str(&request_id(&HeaderMap::new())).is_ok());
    }
}
