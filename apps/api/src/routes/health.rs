//! Whether the server is up, and whether it is of any use.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Code, Problem, ProblemDocument};
use crate::state::AppState;

/// The server's state in a word.
#[derive(Debug, Serialize, ToSchema)]
struct Status {
    /// `live` or `ready`.
    status: &'static str,
}

/// The server's state, and its database's.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    /// `connected` or `disconnected`.
    database: &'static str,
    /// The server's version.
    version: &'static str,
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(health))
}

/// The process is up. Touches nothing else: the check for load balancers and orchestrators, which
/// restart what does not answer.
#[utoipa::path(get, path = "/live", tag = "health", responses((status = 200, body = Status)))]
async fn live() -> Json<Status> {
    Json(Status { status: "live" })
}

/// The database answers, its schema is the one of this version, and the server is not about to end.
#[utoipa::path(get, path = "/ready", tag = "health", responses(
    (status = 200, body = Status),
    (status = 503, body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn ready(State(service): State<AppState>) -> Result<Json<Status>, Problem> {
    if service.shutdown.has_begun() {
        return Err(shutting_down());
    }
    match service.readiness.check().await {
        Ok(()) => Ok(Json(Status { status: "ready" })),
        Err(problem) if problem.code().status() == StatusCode::SERVICE_UNAVAILABLE => Err(problem),
        Err(problem) => Err(problem.with_code(Code::DatabaseUnavailable)),
    }
}

/// As /ready, in the form of the earlier service.
#[utoipa::path(get, path = "/health", tag = "health", responses(
    (status = 200, body = Health),
    (status = 503, body = Health, description = "The database does not answer, lacks the schema of this version, or the server is about to end"),
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

pub(super) fn shutting_down() -> Problem {
    let detail = "the server is about to end; another one, or this one once it is back, will do it";
    Problem::new(Code::ShuttingDown, detail)
}
