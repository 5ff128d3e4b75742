//! The description of the API, for programs and for people.

use axum::Router;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Description};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::state::AppState;

/// What the handlers' own descriptions are put into.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "CusipService",
        description = "Loads the daily CUSIP files of CUSIP Global Services into PostgreSQL. Every answer that is not a success is a problem document (RFC 9457) with a stable `code`; docs/api.md goes through the codes.",
    ),
    tags(
        (name = "jobs", description = "Loads: started, shown, cancelled"),
        (name = "health", description = "For load balancers, orchestrators and monitoring"),
    ),
    modifiers(&Token),
)]
pub(super) struct Documentation;

struct Token;

impl Modify for Token {
    fn modify(&self, description: &mut Description) {
        let token = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The token that the server was given as CUSIP_API_TOKEN",
            ))
            .build();
        let components = description.components.get_or_insert_with(Components::new);
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// `/openapi.json`, and `/docs` over it with pages and scripts of the program's own.
pub(super) fn routes(description: Description) -> Router<AppState> {
    SwaggerUi::new("/docs")
        .url("/openapi.json", description)
        .config(Config::default().try_it_out_enabled(true))
        .into()
}
