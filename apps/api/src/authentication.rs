//! Who may start, see and cancel loads: whoever shows the token.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use cusip_config::Secret;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::problem::{Code, Problem};
use crate::state::AppState;

const SCHEME: &str = "bearer";
/// What somebody else says about where a request comes from is shown up to here.
const MOST_SHOWN: usize = 100;

/// The tokens that are accepted, that of now first, as digests: equally long, so that comparing them
/// takes as long whatever is shown.
pub(crate) struct Tokens(Vec<[u8; 32]>);

/// Which of the accepted tokens a request has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    OfNow,
    Previous,
}

/// The other end of a request's connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Tokens {
    pub(crate) fn new(tokens: &[Secret]) -> Self {
        let digest = |token: &Secret| Sha256::digest(token.expose().as_bytes()).into();
        Self(tokens.iter().map(digest).collect())
    }

    /// Looks for an accepted token among the headers, or tells why there is none.
    fn check(&self, headers: &HeaderMap) -> Result<Shown, &'static str> {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let value = given.next().ok_or("no token")?;
        if given.next().is_some() {
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
        let (of_now, previous) = self.0.split_at(self.0.len().min(1));
        let (of_now, previous) = (is_among(of_now), is_among(previous));
        if bool::from(of_now) {
            Ok(Shown::OfNow)
        } else if bool::from(previous) {
            Ok(Shown::Previous)
        } else {
            Err("wrong token")
        }
    }
}

/// Lets requests through that show an accepted token. Each refusal is on record in the log, and who still
/// shows the previous one.
pub(crate) async fn require_token(
    State(service): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    match service.tokens.check(request.headers()) {
        Ok(Shown::OfNow) => next.run(request).await,
        Ok(Shown::Previous) => {
            tracing::info!(
                target: "cusip_api::audit",
                peer = peer(&request),
                forwarded_for = forwarded_for(&request),
                method = %request.method(),
                path = request.uri().path(),
                "a request showed the previous token"
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
                "a request was refused"
            );
            let detail = format!(
                "{reason}: send the header `Authorization: Bearer TOKEN` with the token that the server was given as CUSIP_API_TOKEN"
            );
            Problem::new(Code::Unauthorized, detail).into_response()
        }
    }
}

fn peer(request: &Request) -> Option<String> {
    (request.extensions().get::<Peer>()).map(|peer| peer.0.to_string())
}

/// Returns where somebody else says that a request comes from.
fn forwarded_for(request: &Request) -> Option<String> {
    let value = request.headers().get("x-forwarded-for")?;
    let value = String::from_utf8_lossy(value.as_bytes());
    Some(value.chars().take(MOST_SHOWN).collect())
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Tokens({})", self.0.len())
    }
}

/// Splits a value at its first run of blanks.
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let value = value.trim_ascii();
    let blank = value.iter().position(|byte| *byte == b' ');
    let (scheme, rest) = value.split_at(blank.unwrap_or(value.len()));
    (!scheme.is_empty()).then(|| (scheme, rest.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(values: &[&str]) -> Result<Shown, &'static str> {
        let tokens = Tokens::new(&[Secret::new("new"), Secret::new("old")]);
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        tokens.check(&headers)
    }

    #[test]
    fn both_tokens_are_accepted_in_any_case_of_the_scheme() {
        for value in ["Bearer new", "bearer new", "BEARER   new"] {
            assert_eq!(check(&[value]), Ok(Shown::OfNow), "{value}");
        }
        for value in ["Bearer old", "bearer old"] {
            assert_eq!(check(&[value]), Ok(Shown::Previous), "{value}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
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
