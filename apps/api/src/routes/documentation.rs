//! The description of the API: `/openapi.json` for programs, `/docs` and `/problems` for people.

use axum::Router;
use axum::middleware::from_fn;
use axum::response::Html;
use axum::routing::get;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Description};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::problem::{PAGE_PATH, page};
use crate::query_string::refuse_query;
use crate::state::AppState;

/// The general part of the description. The handlers add their own parts.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "CusipService",
        description = "Loads the daily CUSIP files of CUSIP Global Services into PostgreSQL. Every response that is not a success is a problem document (RFC 9457) with a stable `code`; /problems describes the codes.",
    ),
    tags(
        (name = "jobs", description = "Start loads; list, show, and cancel jobs"),
        (name = "securities", description = "Look up securities, their issuers, their history, and what loads changed"),
        (name = "health", description = "For load balancers, orchestrators, and monitoring"),
    ),
    modifiers(&Token),
)]
pub(super) struct Documentation;

struct Token;

impl Modify for Token {
    fn modify(&self, description: &mut Description) {
        let token = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The value of the server's CUSIP_API_TOKEN, or of its CUSIP_API_READ_TOKEN to look only"))
            .build();
        let components = description.components.get_or_insert_with(Components::new);
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// Returns the routes of the description. The pages load nothing from other servers.
pub(super) fn routes(description: Description) -> Router<AppState> {
    let swagger = SwaggerUi::new("/docs")
        .url("/openapi.json", description)
        .config(Config::default().try_it_out_enabled(true));
    Router::from(swagger).route(
        PAGE_PATH,
        get(|| async { Html(page()) }).layer(from_fn(refuse_query)),
    )
}
