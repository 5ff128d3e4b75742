//! Authentication: job endpoints require a bearer token.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use cusip_config::Secret;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::problem::{Code, Problem};

const SCHEME: &str = "bearer";
/// How many characters of a client's `X-Forwarded-For` header are logged.
const MAX_FORWARDED_FOR: usize = 100;

/// The accepted tokens, the current one first.
///
/// They are kept as digests: all have the same length, so a comparison always takes the same time.
pub(crate) struct Tokens(Vec<[u8; 32]>);

/// The accepted token that a request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accepted {
    Current,
    Previous,
}

/// The client's end of the connection that a request came through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Tokens {
    pub(crate) fn new(tokens: &[Secret]) -> Self {
        let digest = |token: &Secret| Sha256::digest(token.expose().as_bytes()).into();
        Self(tokens.iter().map(digest).collect())
    }

    /// Returns the accepted token in the headers, or why they have none.
    fn check(&self, headers: &HeaderMap) -> Result<Accepted, &'static str> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or("no token")?;
        if values.next().is_some() {
            return Err("several tokens");
        }
        let (scheme, token) = split(value.as_bytes()).ok_or("not a bearer token")?;
        if !scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) {
            return Err("not a bearer token");
        }
        if token.is_empty() {
            return Err("empty token");
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let is_among = |tokens: &[[u8; 32]]| {
            let compared = tokens.iter().map(|known| known.ct_eq(&digest));
            compared.fold(Choice::from(0), |found, same| found | same)
        };
        let (current, previous) = self.0.split_at(self.0.len().min(1));
        let (is_current, is_previous) = (is_among(current), is_among(previous));
        if bool::from(is_current) {
            Ok(Accepted::Current)
        } else if bool::from(is_previous) {
            Ok(Accepted::Previous)
        } else {
            Err("wrong token")
        }
    }
}

/// Passes on requests with an accepted token, and rejects all others.
///
/// Logs each refusal, and each use of the previous token.
pub(crate) async fn require_token(
    State(tokens): State<Arc<Tokens>>,
    request: Request,
    next: Next,
) -> Response {
    match tokens.check(request.headers()) {
        Ok(Accepted::Current) => next.run(request).await,
        Ok(Accepted::Previous) => {
            tracing::info!(
                target: "cusip_api::audit",
                peer = peer(&request),
                forwarded_for = forwarded_for(&request),
                method = %request.method(),
                path = request.uri().path(),
                "request used the previous token"
            );
            next.run(request).await
        }
        Err(reason) => {
            tracing::warn!(
                target: "cusip_api::audit",
                reason,
                peer = peer(&request),
                forwarded_for = forwarded_for(&request),
                method = %request.method(),
                path = request.uri().path(),
                "request refused"
            );
            let detail = format!(
                "{reason}: send the header `Authorization: Bearer TOKEN` with the server's CUSIP_API_TOKEN"
            );
            Problem::new(Code::Unauthorized, detail).into_response()
        }
    }
}

fn peer(request: &Request) -> Option<String> {
    (request.extensions().get::<Peer>()).map(|peer| peer.0.to_string())
}

/// Returns where the request comes from according to its headers, which any client can set.
fn forwarded_for(request: &Request) -> Option<String> {
    let value = request.headers().get("x-forwarded-for")?;
    let value = String::from_utf8_lossy(value.as_bytes());
    Some(value.chars().take(MAX_FORWARDED_FOR).collect())
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tokens({})", self.0.len())
    }
}

/// Splits a header value at its first spaces into scheme and token.
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let value = value.trim_ascii();
    let space = value.iter().position(|byte| *byte == b' ');
    let (scheme, rest) = value.split_at(space.unwrap_or(value.len()));
    (!scheme.is_empty()).then(|| (scheme, rest.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(values: &[&str]) -> Result<Accepted, &'static str> {
        let tokens = Tokens::new(&[Secret::new("new"), Secret::new("old")]);
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        tokens.check(&headers)
    }

    #[test]
    fn current_and_previous_token_are_accepted_with_scheme_in_any_case() {
        for value in ["Bearer new", "bearer new", "BEARER   new"] {
            assert_eq!(check(&[value]), Ok(Accepted::Current), "{value}");
        }
        for value in ["Bearer old", "bearer old"] {
            assert_eq!(check(&[value]), Ok(Accepted::Previous), "{value}");
        }
    }

    #[test]
    fn all_other_headers_are_refused_with_a_reason() {
        let cases = [
            (&[][..], "no token"),
            (&["Bearer new", "Bearer new"], "several tokens"),
            (&["Basic bmV3"], "not a bearer token"),
            (&["new"], "not a bearer token"),
            (&[""], "not a bearer token"),
            (&["Bearer"], "empty token"),
            (&["Bearer  "], "empty token"),
            (&["Bearer ne"], "wrong token"),
            (&["Bearer new new"], "wrong token"),
            (&["Bearer NEW"], "wrong token"),
        ];
        for (values, reason) in cases {
            assert_eq!(check(values), Err(reason), "{values:?}");
        }
    }
}
