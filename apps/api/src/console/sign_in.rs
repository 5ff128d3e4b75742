//! Signing in and out.

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::header::SET_COOKIE;
use http::{HeaderMap, Method, StatusCode, Uri};
use maud::{DOCTYPE, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::form::{FETCH_SITE, Form};
use super::page::public_page;
use super::session::{self, NoSession, Session};
use crate::problem::Problem;
use crate::query_string::Query;
use crate::state::AppState;

const HOME: &str = "/console";
const SIGN_IN: &str = "/console/sign-in";

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Destination {
    #[serde(default)]
    to: String,
    /// Why the user must sign in.
    #[serde(default)]
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignOutForm {
    csrf: Option<String>,
}

/// Returns the routes that need no session.
pub(super) fn public_routes() -> Router<AppState> {
    Router::new()
        .route("/console/sign-in", get(show).post(sign_in))
        .route("/console/signed-in", get(signed_in))
}

/// Returns the route that ends a session.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/console/sign-out", post(sign_out))
}

/// Attaches the session to requests that have one, and sends all others to the page to sign in.
pub(super) async fn require_session(
    State(service): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    match Session::of(request.headers(), &service.authentication) {
        Ok(session) => {
            request.extensions_mut().insert(session);
            next.run(request).await
        }
        Err(_) if comes_from_another_site(&request) => again(),
        Err(why) => {
            let to = after_sign_in(request.method(), request.uri());
            let why = match why {
                NoSession::Expired => "&why=expired",
                NoSession::Unknown => "",
            };
            let to = utf8_percent_encode(&to, NON_ALPHANUMERIC);
            Redirect::to(&format!("{SIGN_IN}?to={to}{why}")).into_response()
        }
    }
}

async fn show(Query(destination): Query<Destination>) -> Response {
    let notice = match destination.why.as_str() {
        "expired" => Some("Your session has ended. Sign in again to continue where you were."),
        _ => None,
    };
    form(StatusCode::OK, &destination.to, notice)
}

async fn sign_in(State(service): State<AppState>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let head = Request::from_parts(parts.clone(), Body::empty());
    let Form(form) =
        Form::<SignInForm>::from_request(Request::from_parts(parts, body), &()).await?;
    match service
        .authentication
        .check_entered(form.token.trim(), &head)
    {
        Ok(token) => {
            let to = utf8_percent_encode(inside(&form.to), NON_ALPHANUMERIC);
            let next = Redirect::to(&format!("/console/signed-in?to={to}"));
            Ok(([(SET_COOKIE, session::begin(token))], next).into_response())
        }
        Err(problem) => {
            let status = problem.code().status();
            let notice = if status == StatusCode::TOO_MANY_REQUESTS {
                "Too many wrong tokens came from your address. Wait a second, then try again."
            } else {
                "This token is wrong. It is the value of the server's CUSIP_API_TOKEN or CUSIP_API_READ_TOKEN."
            };
            Ok(self::form(status, &form.to, Some(notice)))
        }
    }
}

/// Continues if the browser has kept the cookie, and explains why it has not.
async fn signed_in(
    State(service): State<AppState>,
    Query(destination): Query<Destination>,
    headers: HeaderMap,
) -> Response {
    if Session::of(&headers, &service.authentication).is_ok() {
        return Redirect::to(inside(&destination.to)).into_response();
    }
    let notice = "The token is right, but your browser did not keep the session. The console needs HTTPS, or a browser on the same machine as the server; Safari needs HTTPS always.";
    form(StatusCode::BAD_REQUEST, &destination.to, Some(notice))
}

async fn sign_out(session: Session, Form(form): Form<SignOutForm>) -> Result<Response, Problem> {
    session.check_form(form.csrf.as_deref())?;
    Ok(([(SET_COOKIE, session::end())], Redirect::to(SIGN_IN)).into_response())
}

fn form(status: StatusCode, to: &str, notice: Option<&str>) -> Response {
    let content = html! {
        div.sign-in {
            h1 { "Sign in" }
            p.hint { "See how loads are doing, find securities, and load a day." }
            @if let Some(notice) = notice {
                p.notice role="alert" { (notice) }
            }
            form.card method="post" action=(SIGN_IN) {
                input type="hidden" name="to" value=(inside(to));
                label for="token" { "Token" }
                input #token type="password" name="token" required autocomplete="current-password"
                    autofocus aria-describedby="token-hint";
                p.hint #token-hint { "The job token, or the read token to look only." }
                button.primary type="submit" { "Sign in" }
            }
        }
    };
    public_page(status, "Sign in", &content)
}

/// Returns the path within the console to continue at. Other sites' addresses are replaced, so that a link
/// to this page cannot lead there.
fn inside(to: &str) -> &str {
    let is_inside = to == HOME || to.starts_with("/console/") || to.starts_with("/console?");
    let is_plain = to
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_end = to.starts_with("/console/sign") || to.contains("//");
    if is_inside && is_plain && !is_end {
        to
    } else {
        HOME
    }
}

/// Returns the page to show after signing in: the requested one, or the one with the form that was sent.
fn after_sign_in(method: &Method, uri: &Uri) -> String {
    if method == Method::GET {
        return uri
            .path_and_query()
            .map_or(HOME, |path| path.as_str())
            .to_owned();
    }
    let path = uri.path();
    path.strip_suffix("/cancel").unwrap_or(path).to_owned()
}

/// Browsers leave the cookie out if a link on another site, for example in a chat, leads here.
fn comes_from_another_site(request: &Request) -> bool {
    let site = request.headers().get(FETCH_SITE);
    request.method() == Method::GET && site.is_some_and(|site| site == "cross-site")
}

/// Lets the browser request the same page once more. Now this site leads there, so the cookie comes along.
fn again() -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content="0";
                title { "CusipService" }
            }
        }
    };
    Html(page.into_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_console_are_destinations() {
        for to in ["/console", "/console/jobs/8?file=issue", "/console?x=1"] {
            assert_eq!(inside(to), to);
        }
        for to in [
            "",
            "/",
            "/jobs",
            "https://evil.example",
            "//evil.example",
            "/console//evil.example",
            "/consolers",
            "/console/\\evil.example",
            "/console/\u{202e}",
            "/console/a\nb",
            "/console/sign-in",
            "/console/signed-in",
            "javascript:alert(1)",
        ] {
            assert_eq!(inside(to), HOME, "{to:?}");
        }
    }

    #[test]
    fn form_of_an_ended_session_leads_back_to_its_page() {
        let after = |method, uri: &'static str| after_sign_in(&method, &Uri::from_static(uri));
        assert_eq!(
            after(Method::GET, "/console/jobs?status=failed"),
            "/console/jobs?status=failed"
        );
        assert_eq!(
            after(Method::POST, "/console/jobs/8/cancel"),
            "/console/jobs/8"
        );
        assert_eq!(after(Method::POST, "/console/jobs"), "/console/jobs");
    }
}
