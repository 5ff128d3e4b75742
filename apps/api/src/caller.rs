//! The caller of a request: its address, its name if a header contains one, and the request ID.

use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use cusip_config::ApiSettings;
use cusip_jobs::Caller;
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName};

use crate::problem::{Code, Problem};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The longest name of a caller that is kept.
const MAX_NAME_CHARS: usize = 200;

/// The other end of the connection that a request came through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// How to determine the caller of a request.
#[derive(Debug, Clone)]
pub(crate) struct CallerRules {
    /// How many reverse proxies in front of the server add to `X-Forwarded-For`.
    proxies: usize,
    /// The header that contains the caller's name.
    name_header: Option<HeaderName>,
}

/// The caller of a request, which `request_log` attaches to every request.
#[derive(Debug, Clone)]
pub(crate) struct CallerOf(pub(crate) Caller);

impl CallerRules {
    pub(crate) fn new(settings: &ApiSettings) -> Self {
        Self {
            proxies: settings.proxies,
            name_header: settings.requested_by_header.clone(),
        }
    }

    pub(crate) fn caller(
        &self,
        extensions: &Extensions,
        headers: &HeaderMap,
        request_id: &str,
    ) -> Caller {
        let peer = extensions.get::<Peer>().map(|peer| peer.0.ip());
        Caller {
            address: self
                .forwarded(headers)
                .or(peer)
                .as_ref()
                .map(IpAddr::to_canonical),
            request_id: request_id.to_owned(),
            requested_by: self.name(headers),
        }
    }

    /// Returns the address that the outermost proxy saw. What is to the left of it was sent by
    /// the client, and may be invented.
    fn forwarded(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let values = headers.get_all(FORWARDED_FOR).iter();
        let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
        let mut addresses = values.iter().flat_map(|value| value.split(',')).rev();
        address(addresses.nth(self.proxies.checked_sub(1)?)?.trim())
    }

    fn name(&self, headers: &HeaderMap) -> Option<String> {
        let value = headers.get(self.name_header.as_ref()?)?;
        let name = String::from_utf8_lossy(value.as_bytes());
        let name = name.trim().chars().filter(|char| !char.is_control());
        let name: String = name.take(MAX_NAME_CHARS).collect();
        (!name.is_empty()).then_some(name)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CallerOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::new(Code::Internal, "the request has no caller"))
    }
}

/// Reads an address. Some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse().ok();
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    address.or_else(with_port)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn caller(proxies: usize, forwarded: &[&'static str]) -> Option<String> {
        let rules = CallerRules {
            proxies,
            name_header: None,
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let mut extensions = Extensions::new();
        extensions.insert(Peer("[::ffff:10.0.0.1]:4711".parse().unwrap()));
        let caller = rules.caller(&extensions, &headers, "id");
        caller.address.map(|address| address.to_string())
    }

    #[test]
    fn address_is_the_one_that_the_outermost_proxy_saw() {
        let cases = [
            (0, &["1.2.3.4"][..], "10.0.0.1"),
            (1, &[], "10.0.0.1"),
            (1, &["1.2.3.4"], "1.2.3.4"),
            (1, &["9.9.9.9, 1.2.3.4"], "1.2.3.4"),
            (1, &["9.9.9.9", "1.2.3.4"], "1.2.3.4"),
            (1, &["1.2.3.4:5678"], "1.2.3.4"),
            (1, &["[2001:db8::1]:443"], "2001:db8::1"),
            (1, &["1.2.3.4, nonsense"], "10.0.0.1"),
            (2, &["9.9.9.9, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
            (2, &["1.2.3.4"], "10.0.0.1"),
        ];
        for (proxies, forwarded, address) in cases {
            let found = caller(proxies, forwarded);
            assert_eq!(found.as_deref(), Some(address), "{proxies} {forwarded:?}");
        }
    }

    #[test]
    fn name_is_what_the_configured_header_contains_without_control_characters() {
        let header = HeaderName::from_static("x-forwarded-user");
        let name = |value: &[u8]| {
            let rules = CallerRules {
                proxies: 0,
                name_header: Some(header.clone()),
            };
            let mut headers = HeaderMap::new();
            headers.insert(header.clone(), HeaderValue::from_bytes(value).unwrap());
            rules
                .caller(&Extensions::new(), &headers, "id")
                .requested_by
        };
        assert_eq!(
            name(b" ann@example.com ").as_deref(),
            Some("ann@example.com")
        );
        assert_eq!(name(b"a\tb").as_deref(), Some("ab"));
        assert_eq!(name(b" "), None);
        assert_eq!(name(&[b'x'; 5_000]).unwrap().len(), MAX_NAME_CHARS);
    }
}
