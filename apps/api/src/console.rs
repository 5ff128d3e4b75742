//! The console: pages for people, under `/console`.
//!
//! The server writes the pages. They are complete without JavaScript, which only shows the progress of a
//! running job. `maud` checks the HTML when the program is compiled and escapes every value; it is a
//! single small macro crate, where `askama` would bring a parser and templates in other files.
//!
//! 1. `sign_in` has the page to sign in, and sends requests without a `session` there.
//! 2. `today`, `jobs`, `job`, `search`, `security`, and `changes` have the pages; `page` is their frame.
//! 3. `problem_page` turns problems into pages.

mod assets;
mod changes;
mod chart;
mod form;
mod job;
mod jobs;
mod live;
mod load_form;
mod page;
mod problem_page;
mod rejects;
mod search;
mod security;
mod session;
mod sign_in;
mod today;
mod wording;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;

pub(crate) use self::assets::PATH as ASSETS_PATH;
use crate::state::{AppState, Service};

/// The path of the first page.
pub(crate) const PATH: &str = "/console";

/// Returns the routes of the console.
pub(crate) fn routes(service: &Arc<Service>) -> Router<AppState> {
    let with_session = Router::new()
        .merge(today::routes())
        .merge(jobs::routes())
        .merge(job::routes())
        .merge(rejects::routes())
        .merge(live::routes())
        .merge(search::routes())
        .merge(security::routes())
        .merge(changes::routes())
        .merge(sign_in::routes())
        .route("/console/{*path}", any(problem_page::path_not_found))
        .method_not_allowed_fallback(problem_page::method_not_allowed)
        .layer(from_fn_with_state(
            Arc::clone(service),
            sign_in::require_session,
        ));
    let pages = Router::new()
        .merge(sign_in::public_routes())
        .merge(with_session)
        .layer(from_fn(problem_page::catch_panics))
        .layer(from_fn_with_state(
            Arc::clone(service),
            problem_page::as_pages,
        ));
    assets::routes().merge(pages)
}
