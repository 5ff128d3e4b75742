//! Finds out why a server could not be reached.

use std::env;
use std::error::Error;
use std::io;

use crate::failure::with_causes;

/// Why a server could not be reached, judging by the error texts of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreached {
    /// The host name is unknown.
    UnknownHost,
    /// No program listens there.
    Refused,
    /// The server does not speak TLS.
    NotEncrypted,
    /// The certificate is not trusted.
    Untrusted,
    /// The server took too long.
    TimedOut,
    /// Anything else.
    Other,
}

impl Unreached {
    /// Judges an error by its causes.
    #[must_use]
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let texts: Vec<_> = with_causes(error).map(ToString::to_string).collect();
        let says = |words: &str| texts.iter().any(|text| text.contains(words));
        let is_of = |kind| {
            let mut causes = with_causes(error).filter_map(|cause| cause.downcast_ref());
            causes.any(|error: &io::Error| error.kind() == kind)
        };
        if says("dns error") || says("failed to lookup address") {
            Self::UnknownHost
        } else if is_of(io::ErrorKind::ConnectionRefused) || says("Connection refused") {
            Self::Refused
        } else if says("InvalidContentType") {
            Self::NotEncrypted
        } else if says("invalid peer certificate") {
            Self::Untrusted
        } else if is_of(io::ErrorKind::TimedOut) || says("timed out") || says("timeout") {
            Self::TimedOut
        } else {
            Self::Other
        }
    }
}

/// Returns the name of the variable whose proxy is used for requests to this address.
///
/// The value may contain a password, so it is not returned. Only host names in `NO_PROXY` count, not
/// address ranges.
#[must_use]
pub fn proxy_variable(address: Option<&str>) -> Option<&'static str> {
    let is_plain = address.is_some_and(|address| scheme_of(address) == "http");
    let names: [&'static str; 4] = match is_plain {
        true => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        false => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
    };
    let host = address.map_or("amazonaws.com", host_of);
    let exempt = |name| env::var(name).is_ok_and(|list| is_exempt(&list, host));
    if exempt("NO_PROXY") || exempt("no_proxy") {
        return None;
    }
    let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    names.into_iter().find(is_set)
}

fn scheme_of(address: &str) -> String {
    let scheme = address.split("://").next();
    scheme.unwrap_or_default().to_ascii_lowercase()
}

fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    &rest[..end]
}

fn is_exempt(list: &str, host: &str) -> bool {
    list.split(',').map(str::trim).any(|name| {
        let name = name.trim_start_matches('.');
        let is_in = host
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('.'));
        name == "*" || (!name.is_empty() && (host == name || is_in))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_errors_are_classified_by_their_texts() {
        let of = |text: &str| Unreached::of(&io::Error::other(text.to_owned()));
        assert_eq!(of("dns error"), Unreached::UnknownHost);
        assert_eq!(
            of("tcp connect error: Connection refused (os error 111)"),
            Unreached::Refused
        );
        assert_eq!(
            of("received corrupt message of type InvalidContentType"),
            Unreached::NotEncrypted
        );
        assert_eq!(
            of("invalid peer certificate: UnknownIssuer"),
            Unreached::Untrusted
        );
        assert_eq!(of("HTTP connect timeout occurred"), Unreached::TimedOut);
        assert_eq!(of("connection closed"), Unreached::Other);
    }

    #[test]
    fn no_proxy_exempts_hosts_by_name() {
        assert!(is_exempt("localhost, .corp.test", "s3.corp.test"));
        assert!(is_exempt("corp.test", "corp.test"));
        assert!(is_exempt("*", "anything"));
        assert!(!is_exempt("corp.test,", "notcorp.test"));
        assert_eq!(host_of("http://s3.corp.test:9000/x"), "s3.corp.test");
        assert_eq!(scheme_of("HTTP://x"), "http");
    }
}
