//! Problems as pages.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt as _;
use http::{Method, StatusCode, Uri};
use maud::{Markup, html};

use super::page::{Section, page, public_page};
use super::session::Session;
use super::wording::visible;
use crate::caller::CallerOf;
use crate::middleware::panicked;
use crate::problem::{Code, Problem};
use crate::shortened::shortened;
use crate::state::AppState;

/// Shows problems as pages.
pub(super) async fn as_pages(
    State(service): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let session = Session::of(request.headers(), &service.authentication).ok();
    let caller = request.extensions().get::<CallerOf>();
    let request_id = caller
        .map(|caller| caller.0.request_id.clone())
        .unwrap_or_default();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        None => response,
        Some(problem) => problem_page(session.as_ref(), &problem, &request_id),
    }
}

/// Turns a panic into a problem, so that it is shown as a page, too.
pub(super) async fn catch_panics(request: Request, next: Next) -> Response {
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    response.unwrap_or_else(panicked)
}

pub(super) async fn path_not_found(uri: Uri) -> Problem {
    let detail = format!("the page {:?} does not exist", shortened(uri.path()));
    Problem::new(Code::PathNotFound, detail)
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!(
        "the page {:?} does not support {method}",
        shortened(uri.path())
    );
    Problem::new(Code::MethodNotAllowed, detail)
}

fn problem_page(session: Option<&Session>, problem: &Problem, request_id: &str) -> Response {
    let (code, status) = (problem.code(), problem.code().status());
    let title = code.title();
    let content = html! {
        h1 { (title) }
        p.notice.bad role="alert" { (sentence(problem.detail())) }
        (advice(code))
        p.hint { "Code " code { (code.name()) } ", HTTP status " (status.as_u16()) ", request " code { (visible(request_id)) } "." }
    };
    let mut response = match session {
        Some(session) => page(session, Section::Elsewhere, title, &content),
        None => public_page(status, title, &content),
    };
    *response.status_mut() = status;
    response
}

fn advice(code: Code) -> Markup {
    html! {
        @match code.status() {
            StatusCode::NOT_FOUND => p { a href="/console" { "Go to today" } " or " a href="/console/jobs" { "to the jobs" } "." },
            status if status.is_server_error() => p { "Try again in a few seconds. If it goes on, look at the server's log for the request below." },
            _ => p { a href="/console" { "Go to today" } },
        }
    }
}

/// Writes a detail as a sentence. Control characters become visible. The name of a field stays as it is.
pub(super) fn sentence(detail: &str) -> String {
    let is_name = detail
        .split(' ')
        .next()
        .is_some_and(|word| word.contains('_'));
    if is_name {
        return format!("{}.", visible(detail));
    }
    let mut chars = detail.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    let rest = visible(chars.as_str());
    let end = if rest.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{rest}{end}", first.unwrap_or_default())
}
