//! Endpoints for load balancers and orchestrators: whether the server is up, and whether it is ready.

use axum::Json;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Code, Problem, ProblemDocument};
use crate::query_string::refuse_query;
use crate::state::AppState;

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
struct Status {
    /// `live` or `ready`.
    status: &'static str,
}

/// The state of the server and of its database.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    /// `connected` or `disconnected`.
    database: &'static str,
    /// The version of the server.
    version: &'static str,
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(health))
        .route_layer(from_fn(refuse_query))
}

/// Responds as long as the process is up.
///
/// Does not use the database. For load balancers and orchestrators, which restart a server that does not
/// respond.
#[utoipa::path(get, path = "/live", tag = "health", responses(
    (status = 200, description = "The server is up", body = Status),
))]
async fn live() -> Json<Status> {
    Json(Status { status: "live" })
}

/// Checks that the database responds, accepts writes, and has the schema of this version, and that the
/// server is not shutting down.
#[utoipa::path(get, path = "/ready", tag = "health", responses(
    (status = 200, description = "The server is ready", body = Status),
    (status = 503, description = "The server is not ready", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn ready(State(service): State<AppState>) -> Result<Json<Status>, Problem> {
    if service.shutdown.has_begun() {
        return Err(Problem::shutting_down());
    }
    match service.readiness.check().await {
        Ok(()) => Ok(Json(Status { status: "ready" })),
        Err(problem) if problem.code().status() == StatusCode::SERVICE_UNAVAILABLE => Err(problem),
        Err(problem) => Err(problem.with_code(Code::DatabaseUnavailable)),
    }
}

/// Checks the same as `/ready`, and responds in the format of the earlier service.
#[utoipa::path(get, path = "/health", tag = "health", responses(
    (status = 200, description = "The server is healthy", body = Health),
    (status = 503, description = "The database does not respond, is read-only, or does not have the schema of this version, or the server is shutting down", body = Health),
))]
async fn health(State(service): State<AppState>) -> Response {
    let is_connected = service.readiness.check().await.is_ok();
    let is_healthy = is_connected && !service.shutdown.has_begun();
    let health = Health {
        status: if is_healthy { "healthy" } else { "unhealthy" },
        database: if is_connected {
            "connected"
        } else {
            "disconnected"
        },
        version: env!("CARGO_PKG_VERSION"),
    };
    let status = if is_healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(health)).into_response()
}
