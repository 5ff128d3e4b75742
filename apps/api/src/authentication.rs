//! Authentication: job endpoints require a bearer token.

mod refusals;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use cusip_config::{ApiTokens, Secret};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use self::refusals::Refusals;
use crate::caller::{CallerOf, Peer};
use crate::lookups::LOOKUP_PATH;
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

/// The accepted tokens, and what they are. The current one comes first.
///
/// They are kept as digests: all have the same length, so a comparison always takes the same time.
struct Tokens(Vec<(TokenDigest, Accepted)>);

/// The SHA-256 of an accepted token. It is as secret as the token.
#[derive(Clone)]
pub(crate) struct TokenDigest([u8; 32]);

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// To start and cancel loads, and everything else.
    Jobs,
    /// To look at everything.
    Read,
}

/// The accepted token that a request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accepted {
    Current,
    Previous,
    Read,
}

impl Accepted {
    const fn rights(self) -> Rights {
        match self {
            Self::Current | Self::Previous => Rights::Jobs,
            Self::Read => Rights::Read,
        }
    }
}

impl Authentication {
    pub(crate) fn new(tokens: &ApiTokens, metrics: Arc<Metrics>) -> Self {
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

    /// Returns the accepted tokens and what they allow.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = (&TokenDigest, Rights)> {
        let tokens = self.tokens.0.iter();
        tokens.map(|(digest, accepted)| (digest, accepted.rights()))
    }

    /// Checks a token that a person entered, with the same limits as in requests to the API.
    pub(crate) fn check_entered(
        &self,
        token: &str,
        request: &Request,
    ) -> Result<&TokenDigest, Problem> {
        let (address, now) = (client(request), Instant::now());
        if self.refusals.must_wait(address, now) {
            return Err(self.refuse(Refusal::TooManyGuesses, request, address));
        }
        let digest = TokenDigest::of(token.as_bytes());
        if let Some((accepted, _)) = self.tokens.find(&digest) {
            return Ok(accepted);
        }
        self.refusals.guessed(address, now);
        Err(self.refuse(Refusal::WrongToken, request, address))
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
        if reason == Refusal::ReadToken {
            let detail = "the read token may look, but not start or cancel loads; send the server's CUSIP_API_TOKEN";
            return Problem::new(Code::Forbidden, detail);
        }
        let reason = reason.text();
        let detail = format!(
            "{reason}: send the header `Authorization: Bearer TOKEN` with the server's CUSIP_API_TOKEN"
        );
        Problem::new(Code::Unauthorized, detail)
    }
}

impl Tokens {
    fn new(tokens: &ApiTokens) -> Self {
        let digest = |token: &Secret| TokenDigest::of(token.expose().as_bytes());
        let names = [Accepted::Current, Accepted::Previous];
        let jobs = tokens.jobs.iter().map(digest).zip(names);
        let read = tokens.read.iter().map(digest);
        Self(
            jobs.chain(read.map(|digest| (digest, Accepted::Read)))
                .collect(),
        )
    }

    /// Returns the accepted token with this digest. Compares it with all of them, so that the time does
    /// not depend on which one it is.
    fn find(&self, digest: &TokenDigest) -> Option<&(TokenDigest, Accepted)> {
        let compared = self.0.iter().rev().map(|known| (known.0.is(digest), known));
        compared.fold(
            None,
            |found, (is_same, known)| {
                if is_same { Some(known) } else { found }
            },
        )
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
        let found = self.find(&TokenDigest::of(token));
        found
            .map(|(_, accepted)| *accepted)
            .ok_or(Refusal::WrongToken)
    }
}

impl TokenDigest {
    fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
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
    let address = client(&request);
    match authentication.check(request.headers(), address) {
        Ok(Accepted::Current) => next.run(request).await,
        Ok(Accepted::Read) if is_look(&request) => next.run(request).await,
        Ok(Accepted::Read) => {
            let problem = authentication.refuse(Refusal::ReadToken, &request, address);
            problem.into_response()
        }
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

/// Returns whether a request only looks.
///
/// A list of identifiers does not fit into a URL, so look-ups of many are sent with POST.
fn is_look(request: &Request) -> bool {
    [Method::GET, Method::HEAD].contains(request.method()) || request.uri().path() == LOOKUP_PATH
}

fn client(request: &Request) -> IpAddr {
    let caller = request.extensions().get::<CallerOf>();
    let address = caller.and_then(|caller| caller.0.address);
    address.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
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
        let tokens = Tokens::new(&ApiTokens {
            jobs: vec![Secret::new("new"), Secret::new("old")],
            read: Some(Secret::new("look")),
        });
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
        assert_eq!(check(&["Bearer look"]), Ok(Accepted::Read));
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
