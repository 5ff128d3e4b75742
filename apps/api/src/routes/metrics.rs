//! The endpoint that Prometheus scrapes.

use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::metrics::Snapshot;
use crate::query_string::refuse_query;
use crate::state::AppState;

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(metrics))
        .route_layer(from_fn(refuse_query))
}

/// Returns metrics in the `OpenMetrics` format, which Prometheus reads.
///
/// The response comes soon even if the database is not available.
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, description = "The metrics", body = String, content_type = "application/openmetrics-text"),
))]
async fn metrics(State(service): State<AppState>) -> Response {
    let is_database_available = service.readiness.check().await.is_ok();
    let last_loads = if is_database_available {
        service.last_loads.get().await
    } else {
        Vec::new()
    };
    let text = service.metrics.encode(&Snapshot {
        is_database_available,
        is_load_running: service.loads.is_running(),
        load_pool: service.loads.pool_state(),
        request_pool: service.job_log.pool_state(),
        lookup_pools: service.lookups.pool_states(),
        last_loads,
    });
    ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response()
}
