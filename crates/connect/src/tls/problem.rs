//! What can be wrong with a server's certificate, and what to do about it.

use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use thiserror::Error;

const ROOTS_ADVICE: &str = "if it is the right server, name a file with its authority's certificate by `--sslrootcert` (Amazon RDS: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem)";

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
    #[error(
        "the server's certificate is of an X.509 version before 3, which says too little to be verified"
    )]
    OldVersion,
    #[error("the server's certificate is an authority's own, not a server's")]
    Authority,
    #[error(
        "the server's certificate, or one above it, is signed in a way that is too weak or not known, such as with SHA-1"
    )]
    Signature,
    #[error("the server's certificate cannot be read")]
    Malformed,
    #[error("the server's certificate, or one above it, does not hold: {0}")]
    Other(CertificateError),
}

impl CertificateProblem {
    /// What to do, as an instruction.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::UnknownIssuer { .. } => ROOTS_ADVICE,
            Self::SelfSigned { .. } => {
                "if it is the right server, name a file with that very certificate by `--sslrootcert`"
            }
            Self::WrongName { .. } => {
                "connect to the host by a name that the certificate is for, have the certificate made anew with this one, or leave the name unverified with sslmode=verify-ca"
            }
            Self::Expired { .. } | Self::AuthorityExpired { .. } | Self::NotYetValid { .. } => {
                "renew that certificate if this machine's clock is right"
            }
            Self::OldVersion => {
                "have it made anew as version 3 with a subjectAltName (openssl: `-addext` or `-extfile`), or trust that very certificate by `--sslrootcert`"
            }
            Self::Authority => {
                "give the server a certificate of its own, or trust that very certificate by `--sslrootcert`"
            }
            Self::Signature => "have it made anew, signed with SHA-256 or better",
            Self::Malformed | Self::Other(_) => {
                "have the server's certificate and those above it checked (`openssl verify`)"
            }
        }
    }

    pub(super) fn into_rustls(self) -> rustls::Error {
        let other = rustls::OtherError(std::sync::Arc::new(self));
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
    }

    /// Returns the problem that a failed handshake carries, if one was found with the certificate.
    pub(super) fn of_rustls(error: &rustls::Error) -> Option<Self> {
        let rustls::Error::InvalidCertificate(error) = error else {
            return None;
        };
        let CertificateError::Other(other) = error else {
            return Some(Self::Other(error.clone()));
        };
        other.0.downcast_ref().cloned()
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "no host at all".to_owned();
    }
    let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    names.join(", ")
}

/// A moment as errors tell it.
pub(super) fn moment(time: UnixTime) -> String {
    let seconds = std::time::Duration::from_secs(time.as_secs());
    x509_cert::der::DateTime::from_unix_duration(seconds).map_or_else(
        |_| format!("second {} of 1970", time.as_secs()),
        |time| time.to_string(),
    )
}
