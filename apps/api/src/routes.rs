//! The routes: which handler answers which request.

mod binary;
mod changes;
mod documentation;
mod examples;
mod fallback;
mod health;
mod issuers;
mod jobs;
mod loads;
mod lookup;
mod lookup_params;
mod metrics;
mod params;
mod problem_responses;
mod rejects;
mod securities;
mod security_document;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use self::documentation::Documentation;
pub(crate) use self::params::{FileType, JobNumber};
pub(crate) use self::rejects::reject_file;
use crate::authentication::{Authentication, require_token};
use crate::state::{AppState, Service};
use crate::{console, middleware};

/// Returns the router of the whole API, with its middleware.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let (router, description) = described(Arc::clone(&service.authentication));
    service.metrics.init_request_series(&description);
    let router = router
        .merge(console::routes(&service))
        .merge(documentation::routes(description))
        .fallback(fallback::path_not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed);
    middleware::apply(router, service)
}

/// Returns the documented routes and their OpenAPI description.
fn described(authentication: Arc<Authentication>) -> (Router<AppState>, OpenApi) {
    let with_token = OpenApiRouter::new()
        .merge(loads::routes())
        .merge(jobs::routes())
        .merge(rejects::routes())
        .merge(securities::routes())
        .merge(lookup::routes())
        .merge(issuers::routes())
        .merge(changes::routes())
        .route_layer(from_fn_with_state(authentication, require_token));
    OpenApiRouter::with_openapi(Documentation::openapi())
        .merge(with_token)
        .merge(health::routes())
        .merge(metrics::routes())
        .split_for_parts()
}
