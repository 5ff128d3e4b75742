//! The answers to requests that match no route.

use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::ACCEPT;
use http::{HeaderMap, Method, Uri};

use super::loads::LOADS;
use crate::console;
use crate::problem::{Code, Problem};
use crate::shortened::shortened;

/// Shows people who open `/` in a browser the console. Programs learn what is where.
pub(super) async fn path_not_found(uri: Uri, headers: HeaderMap) -> Response {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if uri.path() == "/" && accepts.is_some_and(|types| types.contains("text/html")) {
        return Redirect::to(console::PATH).into_response();
    }
    not_found(&uri).into_response()
}

fn not_found(uri: &Uri) -> Problem {
    let path = shortened(uri.path());
    let detail = match path.strip_suffix('/') {
        Some("") => "the path \"/\" does not exist; /docs lists the paths, and /console has pages for people".to_owned(),
        Some(_) => format!("the path {path:?} does not exist; paths do not end with a slash"),
        None => format!("the path {path:?} does not exist; /docs lists the paths"),
    };
    Problem::new(Code::PathNotFound, detail)
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let path = uri.path();
    // A misspelled load such as `/jobs/load-foo` matches the route of a job, which has no POST.
    let name = path.strip_prefix("/jobs/").unwrap_or_default();
    let is_name = !name.contains('/') && name.bytes().any(|byte| !byte.is_ascii_digit());
    if method == Method::POST && is_name && !LOADS.contains(&name) {
        let loads = LOADS.join(", ");
        let path = shortened(path);
        let detail = format!("the load {path:?} does not exist; the loads in /jobs/ are {loads}");
        return Problem::new(Code::PathNotFound, detail);
    }
    let path = shortened(path);
    let detail =
        format!("the path {path:?} does not support {method}; see the response header `Allow`");
    Problem::new(Code::MethodNotAllowed, detail)
}
