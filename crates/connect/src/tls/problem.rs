//! What can be wrong with a server's certificate, and what to do about it.

use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use thiserror::Error;

use crate::setting::Setting;

/// Why a server's certificate is not accepted.
#[derive(Debug, Clone, Error)]
pub(crate) enum CertificateProblem {
    #[error(
        "the server's certificate is issued by '{issuer}', which is not among those in {roots}"
    )]
    UnknownIssuer { issuer: String, roots: String },
    #[error("the server's certificate is self-signed and not among those in {roots}")]
    SelfSigned { roots: String },
    #[error("the server's certificate is for {}, not for '{host}'", list(.names))]
    WrongName { host: String, names: Vec<String> },
    #[error("the server's certificate expired on {when}")]
    Expired { when: String },
    #[error("the certificate of an authority above the server's expired on {when}")]
    AuthorityExpired { when: String },
    #[error("the server's certificate is not valid before {when}")]
    NotYetValid { when: String },
    #[error("the server's certificate is that of a certificate authority, not of a server")]
    Authority,
    #[error(
        "the server's certificate, or one above it, has a signature that is too weak or unknown, such as one with SHA-1"
    )]
    Signature,
    #[error("the server's certificate cannot be read")]
    Malformed,
    #[error("the server's certificate, or one above it, is not valid: {0}")]
    Other(CertificateError),
}

impl CertificateProblem {
    /// Returns what to do, as an instruction.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::UnknownIssuer { .. } => {
                "if it is the right server, get its authority's certificate (for Amazon RDS from https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem) and use the file as root certificates"
            }
            Self::SelfSigned { .. } => {
                "if it is the right server, use a file with this certificate as root certificates"
            }
            Self::WrongName { .. } => {
                "connect to the host by a name in the certificate, get a new certificate with this name, or skip the check of the name with sslmode=verify-ca"
            }
            Self::Expired { .. } | Self::AuthorityExpired { .. } | Self::NotYetValid { .. } => {
                "check this machine's clock, then renew that certificate"
            }
            Self::Authority => {
                "give the server a certificate of its own, or use a file with this certificate as root certificates"
            }
            Self::Signature => "get a new certificate that is signed with SHA-256 or better",
            Self::Malformed | Self::Other(_) => {
                "check the server's certificate and those above it with `openssl verify`"
            }
        }
    }

    /// Returns the setting that the advice is about.
    pub(crate) fn setting(&self) -> Option<Setting> {
        match self {
            Self::UnknownIssuer { .. } | Self::SelfSigned { .. } | Self::Authority => {
                Some(Setting::RootCertificates)
            }
            _ => None,
        }
    }

    pub(super) fn into_rustls(self) -> rustls::Error {
        let other = rustls::OtherError(std::sync::Arc::new(self));
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
    }

    /// Returns the problem with the certificate that made a handshake fail, if there was one.
    pub(super) fn from_rustls(error: &rustls::Error) -> Option<Self> {
        let rustls::Error::InvalidCertificate(error) = error else {
            return None;
        };
        let own = match error {
            CertificateError::Other(other) => other.0.downcast_ref().cloned(),
            _ => None,
        };
        Some(own.unwrap_or_else(|| Self::Other(error.clone())))
    }
}

/// Formats a time for error messages.
pub(super) fn moment(time: UnixTime) -> String {
    let seconds = std::time::Duration::from_secs(time.as_secs());
    x509_cert::der::DateTime::from_unix_duration(seconds).map_or_else(
        |_| format!("second {} of 1970", time.as_secs()),
        |time| time.to_string(),
    )
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "no host at all".to_owned();
    }
    let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    names.join(", ")
}
