//! Which handler answers which request.

mod documentation;
mod health;
mod jobs;
mod metrics;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use http::header::AUTHORIZATION;
use http::{Method, Uri};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use self::documentation::Documentation;
use crate::authentication::require_token;
use crate::problem::{Code, Problem};
use crate::request_log::log_request;
use crate::state::{AppState, Service};

/// Makes the router of everything that is served.
///
/// From the outside in: what is observed gets its request id and problems their form, a header with
/// a token is never shown, a panic is a problem, and jobs are for those with a token.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let jobs = jobs::routes().route_layer(from_fn_with_state(Arc::clone(&service), require_token));
    let (router, openapi) = OpenApiRouter::<AppState>::with_openapi(Documentation::openapi())
        .merge(jobs)
        .merge(health::routes())
        .merge(metrics::routes())
        .split_for_parts();
    service.metrics.begin_requests(&openapi);
    let router = router
        .merge(documentation::routes(openapi))
        .fallback(path_not_found)
        .method_not_allowed_fallback(method_not_allowed);
    within_layers(router, service)
}

fn within_layers(router: Router<AppState>, service: Arc<Service>) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))
        .layer(from_fn_with_state(Arc::clone(&service), log_request))
        .with_state(service)
}

async fn path_not_found(uri: Uri) -> Problem {
    let detail = format!(
        "there is nothing at {:?}; /docs shows what there is",
        uri.path()
    );
    Problem::new(Code::PathNotFound, detail)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    // The name of a load that there is not looks like a job's number, which can be asked for.
    let name = uri.path().strip_prefix("/jobs/").unwrap_or_default();
    let is_name = !name.contains('/') && name.bytes().any(|byte| !byte.is_ascii_digit());
    if method == Method::POST && is_name && !jobs::LOADS.contains(&name) {
        let loads = jobs::LOADS.join(", ");
        let detail = format!(
            "there is no load at {:?}; below /jobs/ there are {loads}",
            uri.path()
        );
        return Problem::new(Code::PathNotFound, detail);
    }
    let detail = format!(
        "{:?} cannot be asked by {method}; the header Allow has the methods",
        uri.path()
    );
    Problem::new(Code::MethodNotAllowed, detail)
}

/// What the panic says may be of no concern to whoever asks; the log has it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "that is how it is handed over"
)]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = (panic.downcast_ref::<String>().map(String::as_str))
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = words, "a handler panicked");
    let detail = "the program failed; please report this with the log of this request";
    Problem::new(Code::Internal, detail).into_response()
}
