//! Every request, from its id to its answer: logged, counted, and its problem put into form.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::problem::Problem;
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 128;
const UNMATCHED: &str = "unmatched";

/// Paths that are asked for again and again by machines: they are logged at the level `debug`.
const PROBES: [&str; 4] = ["/live", "/ready", "/health", "/metrics"];

pub(crate) async fn log_request(
    State(service): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or(UNMATCHED, MatchedPath::as_str).to_owned();
    let span =
        tracing::info_span!("request", request.id = id, http.method = %method, http.path = path);
    let in_flight = service.metrics.request_begun();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(in_flight);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        // What the router has put beside it, as the methods that a path has.
        let headers = std::mem::take(response.headers_mut());
        response = problem.answer(&path, &id);
        for (name, value) in &headers {
            response.headers_mut().entry(name).or_insert(value.clone());
        }
    }
    if let Ok(value) = HeaderValue::try_from(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status().as_u16(), started.elapsed());
    service.metrics.request_ended(&method, &route, status, took);
    let _entered = span.entered();
    let milliseconds = took.as_millis() as u64;
    if PROBES.contains(&route.as_str()) {
        tracing::debug!(http.status = status, duration_ms = milliseconds, "answered");
    } else {
        tracing::info!(http.status = status, duration_ms = milliseconds, "answered");
    }
    response
}

/// Returns the id that the caller has given the request, if it can be shown in a log, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let is_sane = |id: &&str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=+/@".contains(&byte);
        (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(known)
    };
    let given = given.filter(is_sane).map(str::to_owned);
    given.unwrap_or_else(|| Uuid::new_v4().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static(value));
        request_id(&headers)
    }

    #[test]
    fn a_sane_id_is_kept_and_another_one_replaced() {
        assert_eq!(
            of("Root=1-67891233-abcdef012345"),
            "Root=1-67891233-abcdef012345"
        );
        for value in ["", "two words", "a\tb", "\"quoted\""] {
            assert!(Uuid::parse_str(&of(value)).is_ok(), "{value}");
        }
        assert!(Uuid::parse_str(&request_id(&HeaderMap::new())).is_ok());
    }
}
