//! Authentication: job endpoints require a bearer token.

mod refusals;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use cusip_config::Secret;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use self::refusals::Refusals;
use crate::caller::{CallerOf, Peer};
use crate::metrics::{Metrics, Refusal};
use crate::problem::{Code, Problem};
use crate::shortened::shortened;

const SCHEME: &str = "bearer";
/// How many characters of a client's `X-Forwarded-For` header are logged.
const MAX_FORWARDED_FOR: usize = 100;

/// Checks the tokens of requests, and remembers who was refused.
#[derive(Debug)]
pub(crate) struct Authentication {
    tokens: Tokens,
    refusals: Refusals,
    metrics: Arc<Metrics>,
}

/// The accepted tokens, the current one first.
///
/// They are kept as digests: all have the same length, so a comparison always takes the same time.
struct Tokens(Vec<[u8; 32]>);

/// The accepted token that a request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accepted {
    Current,
    Previous,
}

impl Authentication {
    pub(crate) fn new(tokens: &[Secret], metrics: Arc<Metrics>) -> Self {
        Self {
            tokens: Tokens::new(tokens),
            refusals: Refusals::new(),
            metrics,
        }
    }

    /// Returns the accepted token of a request, or why the request is refused.
    ///
    /// An address that has sent many wrong tokens must wait before its next token is even looked at.
    /// Otherwise it could keep guessing, and recognize the right token by the response.
    fn check(&self, headers: &HeaderMap, address: IpAddr) -> Result<Accepted, Refusal> {
        let now = Instant::now();
        if self.refusals.must_wait(address, now) {
            return Err(Refusal::TooManyGuesses);
        }
        let checked = self.tokens.check(headers);
        if checked == Err(Refusal::WrongToken) {
            self.refusals.guessed(address, now);
        }
        checked
    }

    /// Counts the refusal, logs it unless this address has caused many log lines, and returns the
    /// problem.
    fn refuse(&self, reason: Refusal, request: &Request, address: IpAddr) -> Problem {
        self.metrics.refused(reason);
        if let Some(unlogged) = self.refusals.should_log(address, Instant::now()) {
            // Alarms count this line (deploy/service.yaml). Change them together.
            tracing::warn!(
                target: "cusip_api::audit",
                reason = reason.text(),
                peer = peer(request),
                client = %address,
                forwarded_for = forwarded_for(request),
                method = %shortened(request.method().as_str()),
                path = %shortened(request.uri().path()),
                unlogged,
                "request refused"
            );
        }
        if reason == Refusal::TooManyGuesses {
            let detail = format!(
                "too many wrong tokens came from {address}; wait, then send the right token"
            );
            return Problem::new(Code::TooManyRequests, detail);
        }
        let reason = reason.text();
        let detail = format!(
            "{reason}: send the header `Authorization: Bearer TOKEN` with the server's CUSIP_API_TOKEN"
        );
        Problem::new(Code::Unauthorized, detail)
    }
}

impl Tokens {
    fn new(tokens: &[Secret]) -> Self {
        let digest = |token: &Secret| Sha256::digest(token.expose().as_bytes()).into();
        Self(tokens.iter().map(digest).collect())
    }

    /// Returns the accepted token in the headers, or why they have none.
    fn check(&self, headers: &HeaderMap) -> Result<Accepted, Refusal> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or(Refusal::NoToken)?;
        if values.next().is_some() {
            return Err(Refusal::SeveralTokens);
        }
        let (scheme, token) = split(value.as_bytes()).ok_or(Refusal::NotABearerToken)?;
        if !scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) {
            return Err(Refusal::NotABearerToken);
        }
        if token.is_empty() {
            return Err(Refusal::EmptyToken);
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
            Err(Refusal::WrongToken)
        }
    }
}

/// Passes on requests with an accepted token, and rejects all others.
///
/// Logs refusals, and each use of the previous token.
pub(crate) async fn require_token(
    State(authentication): State<Arc<Authentication>>,
    request: Request,
    next: Next,
) -> Response {
    let caller = request.extensions().get::<CallerOf>();
    let address = caller.and_then(|caller| caller.0.address);
    let address = address.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    match authentication.check(request.headers(), address) {
        Ok(Accepted::Current) => next.run(request).await,
        Ok(Accepted::Previous) => {
            tracing::info!(
                target: "cusip_api::audit",
                peer = peer(&request),
                client = %address,
                forwarded_for = forwarded_for(&request),
                method = %shortened(request.method().as_str()),
                path = %shortened(request.uri().path()),
                "request used the previous token"
            );
            next.run(request).await
        }
        Err(reason) => {
            let problem = authentication.refuse(reason, &request, address);
            problem.into_response()
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

    fn check(values: &[&str]) -> Result<Accepted, Refusal> {
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
            (&[][..], Refusal::NoToken),
            (&["Bearer new", "Bearer new"], Refusal::SeveralTokens),
            (&["Basic bmV3"], Refusal::NotABearerToken),
            (&["new"], Refusal::NotABearerToken),
            (&[""], Refusal::NotABearerToken),
            (&["Bearer"], Refusal::EmptyToken),
            (&["Bearer  "], Refusal::EmptyToken),
            (&["Bearer ne"], Refusal::WrongToken),
            (&["Bearer new new"], Refusal::WrongToken),
            (&["Bearer NEW"], Refusal::WrongToken),
        ];
        for (values, reason) in cases {
            assert_eq!(check(values), Err(reason), "{values:?}");
        }
    }
}
