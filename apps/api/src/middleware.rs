//! The middleware around all routes.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::AUTHORIZATION;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

use crate::problem::{Code, Problem};
use crate::request_log::log_request;
use crate::security_headers::with_security_headers;
use crate::state::{AppState, Service};

/// Wraps the routes in the middleware that applies to every request.
///
/// axum runs the layer that is added last first. In this order:
///
/// 1. The request gets its ID and is logged and counted; if the response is a problem, its document
///    is written. This is outermost, so that it covers the responses of the other layers.
/// 2. The response gets the headers that protect browsers.
/// 3. The token is marked as sensitive, so that nothing that logs headers shows it.
/// 4. A panic in a handler becomes a problem.
///
/// The token is checked inside these, by the routes that require one.
pub(crate) fn apply(router: Router<AppState>, service: Arc<Service>) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
        .layer(from_fn(with_security_headers))
        .layer(from_fn_with_state(Arc::clone(&service), log_request))
        .with_state(service)
}

/// Logs the panic, and hides its message from the client.
#[expect(
    clippy::needless_pass_by_value,
    reason = "CatchPanicLayer requires this signature"
)]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = (panic.downcast_ref::<String>().map(String::as_str))
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = message, "handler panicked");
    let detail =
        "this is a bug in CusipService; please report it with the log lines of this request";
    Problem::new(Code::Internal, detail).into_response()
}
