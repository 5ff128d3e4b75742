//! Sessions of people who signed in with a token.
//!
//! A session is a cookie, and no server keeps it: an expiry and a random number, authenticated with a key
//! that derives from the token. So every replica accepts it, also after a restart, and it ends when the
//! token is no longer accepted. The cookie does not contain the token.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::FromRequestParts;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use maud::{Markup, html};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::authentication::{Authentication, Rights, TokenDigest};
use crate::problem::{Code, Problem};

/// Browsers accept a cookie of this name only over HTTPS or from the machine itself, and only if it is for
/// this host alone.
const COOKIE_NAME: &str = "__Host-cusip-session";
/// How long a session lasts: a working day.
const LIFETIME_SECONDS: u64 = 12 * 60 * 60;
/// How long the browser keeps the cookie: longer, so that the user learns that the session has ended.
const COOKIE_SECONDS: u64 = 7 * 24 * 60 * 60;
const FOR_SESSION: &str = "cusip console session";
const FOR_FORMS: &str = "cusip console forms";

/// A session of a request.
#[derive(Debug, Clone)]
pub(super) struct Session {
    rights: Rights,
    form_token: String,
}

/// Why a request has no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSession {
    /// It has no cookie, or one that this server did not make with a token that it accepts.
    Unknown,
    /// Its session has ended.
    Expired,
}

impl Session {
    /// Returns the session of a request.
    pub(super) fn of(
        headers: &HeaderMap,
        authentication: &Authentication,
    ) -> Result<Self, NoSession> {
        Self::read(
            cookie(headers).ok_or(NoSession::Unknown)?,
            authentication,
            now(),
        )
    }

    fn read(value: &str, authentication: &Authentication, now: u64) -> Result<Self, NoSession> {
        let (claims, seal) = value.rsplit_once('.').ok_or(NoSession::Unknown)?;
        let accepted = authentication.tokens().find(|(digest, _)| {
            let expected = sealed(digest, FOR_SESSION, claims);
            bool::from(expected.as_bytes().ct_eq(seal.as_bytes()))
        });
        let (digest, rights) = accepted.ok_or(NoSession::Unknown)?;
        let (expires, _) = claims.split_once('.').ok_or(NoSession::Unknown)?;
        let expires: u64 = expires.parse().map_err(|_| NoSession::Unknown)?;
        if expires <= now {
            return Err(NoSession::Expired);
        }
        Ok(Self {
            rights,
            form_token: sealed(digest, FOR_FORMS, claims),
        })
    }

    /// Returns whether the user may start and cancel loads.
    pub(super) fn may_load(&self) -> bool {
        self.rights == Rights::Jobs
    }

    /// Returns the hidden field that every form of the session must have.
    pub(super) fn csrf_field(&self) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.form_token); }
    }

    /// Checks the hidden field of a form.
    pub(super) fn check_form(&self, token: Option<&str>) -> Result<(), Problem> {
        let token = token.unwrap_or_default();
        if self.form_token.as_bytes().ct_eq(token.as_bytes()).into() {
            return Ok(());
        }
        let detail = "this form does not belong to your session; open the page again, then send it";
        Err(Problem::new(Code::Forbidden, detail))
    }

    /// Refuses what only the job token allows.
    pub(super) fn require_load_rights(&self) -> Result<(), Problem> {
        if self.may_load() {
            return Ok(());
        }
        let detail = "you signed in with the read token, which may not start or cancel loads; sign in with the job token (CUSIP_API_TOKEN)";
        Err(Problem::new(Code::Forbidden, detail))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let session = parts.extensions.get::<Self>().cloned();
        session.ok_or_else(|| Problem::new(Code::Internal, "the request has no session"))
    }
}

/// Returns the header that begins a session with this token.
pub(super) fn begin(token: &TokenDigest) -> HeaderValue {
    let value = value(token, now() + LIFETIME_SECONDS);
    set_cookie(&value, COOKIE_SECONDS)
}

/// Returns the header that ends the session.
pub(super) fn end() -> HeaderValue {
    set_cookie("", 0)
}

fn value(token: &TokenDigest, expires: u64) -> String {
    let claims = format!("{expires}.{}", Uuid::new_v4().simple());
    let seal = sealed(token, FOR_SESSION, &claims);
    format!("{claims}.{seal}")
}

fn set_cookie(value: &str, seconds: u64) -> HeaderValue {
    let cookie = format!(
        "{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict"
    );
    HeaderValue::try_from(cookie).expect("a cookie of ours has only letters, digits, and dots")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).iter();
    let cookies = values.filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}

/// Returns the code that only a server with this token can compute for these claims and this purpose.
fn sealed(token: &TokenDigest, purpose: &str, claims: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("any length is allowed");
    mac.update(purpose.as_bytes());
    mac.update(b"\n");
    mac.update(claims.as_bytes());
    let mut text = String::new();
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").expect("writing to a string succeeds");
    }
    text
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
