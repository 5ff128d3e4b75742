//! The headers that tell browsers what they may do with a response.
//!
//! The API is for programs, so browsers may do almost nothing. Only the pages under `/console` and `/docs`
//! run scripts, which come from this server.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use crate::console;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// The headers of all responses. Jobs change, and rejects are the vendor's data, so nothing is cached
/// unless its handler says how.
const EVERYWHERE: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
];
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The console has no inline script or style. It loads nothing from elsewhere, and sends nothing elsewhere.
const CONSOLE_POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The style sheet and the script of the console have the version in their address.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Swagger UI sets styles from its script, and has icons in `data:` URLs.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn with_security_headers(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_below = |parent| {
        path.strip_prefix(parent)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let policy = if is_below("/docs") {
        DOCS_POLICY
    } else if is_below(console::PATH) {
        CONSOLE_POLICY
    } else {
        POLICY
    };
    let is_asset = path.starts_with(console::ASSETS_PATH);
    let mut response = next.run(request).await;
    let is_success = response.status().is_success();
    let headers = response.headers_mut();
    let policy = (CONTENT_SECURITY_POLICY, policy);
    for (name, value) in EVERYWHERE.into_iter().chain([policy]) {
        let value = HeaderValue::from_static(value);
        headers.entry(name).or_insert(value);
    }
    if is_asset && is_success {
        headers.insert(CACHE_CONTROL, IMMUTABLE);
    }
    response
}
