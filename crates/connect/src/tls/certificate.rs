//! The parts of a certificate that the verification needs and rustls does not read.

use std::net::IpAddr;

use rustls::pki_types::{CertificateDer, UnixTime};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

use crate::tls::problem::CertificateProblem;

const WILDCARD: &str = "*.";

/// A server's certificate.
#[derive(Debug)]
pub(super) struct Certificate {
    parsed: x509_cert::Certificate,
    dns_names: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Certificate {
    /// Reads a certificate. Returns `None` if it is malformed.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let parsed = x509_cert::Certificate::from_der(der).ok()?;
        let (mut dns_names, mut addresses) = (Vec::new(), Vec::new());
        let names = parsed.tbs_certificate.get::<SubjectAltName>().ok()?;
        for name in names.into_iter().flat_map(|(_, names)| names.0) {
            match name {
                GeneralName::DnsName(name) => dns_names.push(name.to_string()),
                GeneralName::IpAddress(bytes) => addresses.extend(address(bytes.as_bytes())),
                _ => {}
            }
        }
        Some(Self {
            parsed,
            dns_names,
            addresses,
        })
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.parsed.tbs_certificate.issuer == self.parsed.tbs_certificate.subject
    }

    pub(super) fn is_authority(&self) -> bool {
        let constraints = self.parsed.tbs_certificate.get::<BasicConstraints>();
        constraints.is_ok_and(|found| found.is_some_and(|(_, constraints)| constraints.ca))
    }

    /// Returns the issuer's name, e.g. `CN=Private CA,O=Acme`.
    pub(super) fn issuer(&self) -> String {
        self.parsed.tbs_certificate.issuer.to_string()
    }

    pub(super) fn check_validity(&self, now: UnixTime) -> Result<(), CertificateProblem> {
        let validity = &self.parsed.tbs_certificate.validity;
        if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
            return Err(CertificateProblem::Expired {
                when: validity.not_after.to_date_time().to_string(),
            });
        }
        if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
            return Err(CertificateProblem::NotYetValid {
                when: validity.not_before.to_date_time().to_string(),
            });
        }
        Ok(())
    }

    /// Returns all hosts that the certificate is for, as errors list them.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = self.dns_names.clone();
        names.extend(self.addresses.iter().map(ToString::to_string));
        if self.dns_names.is_empty() {
            names.extend(self.common_name());
        }
        names
    }

    /// Returns whether it matches a host under one of the rules that libpq adds to RFC 6125.
    ///
    /// They accept an address that is written as a DNS name, and the common name if there is no
    /// alternative name of the host's kind.
    pub(super) fn matches_as_in_libpq(&self, host: &str) -> bool {
        let is_address = host.parse::<IpAddr>().is_ok();
        let has_names = if is_address {
            !self.addresses.is_empty()
        } else {
            !self.dns_names.is_empty()
        };
        (is_address && self.dns_names.iter().any(|name| matches(name, host)))
            || (!has_names && self.common_name().is_some_and(|name| matches(&name, host)))
    }

    /// Returns the first common name, as libpq does.
    fn common_name(&self) -> Option<String> {
        let subject = &self.parsed.tbs_certificate.subject;
        let mut attributes = subject.0.iter().flat_map(|name| name.0.iter());
        let is_common_name = |attribute: &&AttributeTypeAndValue| attribute.oid == COMMON_NAME;
        let value = attributes.find(is_common_name)?.value.value();
        str::from_utf8(value).ok().map(str::to_owned)
    }
}

/// Returns whether a name matches a host. The name's first label may be `*`.
fn matches(name: &str, host: &str) -> bool {
    let Some(domain) = name.strip_prefix(WILDCARD) else {
        return name.eq_ignore_ascii_case(host);
    };
    let is_address = host.parse::<IpAddr>().is_ok();
    let host_domain = host.split_once('.').filter(|(label, _)| !label.is_empty());
    !is_address && host_domain.is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcard_matches_exactly_one_label() {
        assert!(matches("*.Acme.test", "db.acme.TEST"));
        assert!(!matches("*.acme.test", "acme.test"));
        assert!(!matches("*.acme.test", "a.db.acme.test"));
        assert!(!matches("*.acme.test", ".acme.test"));
        assert!(!matches("*.0.0.1", "127.0.0.1"));
        assert!(!matches("*", "db"));
    }
}
