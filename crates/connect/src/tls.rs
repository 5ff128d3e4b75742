//! Encryption of connections, with the meaning that libpq gives to it.

mod certificate;
mod handshake;
mod problem;
mod roots;
mod verifier;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::ring;

pub(crate) use self::handshake::{Connector, HandshakeError};
use self::roots::Roots;
use self::verifier::Verifier;
use crate::error::Error;
use crate::ssl_mode::SslMode;

/// What libpq 17 and later offer, and servers before 17 do not look at.
const PROTOCOL: &[u8] = b"postgresql";

/// Where the certificates of the trusted authorities are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootCertificates {
    /// The system's own.
    System,
    /// A PEM file.
    File(PathBuf),
}

impl RootCertificates {
    /// Reads libpq's `sslrootcert`: the word `system`, or a path.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "system" => Self::System,
            path => Self::File(path.into()),
        }
    }
}

/// What of an encrypted connection's server was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verification {
    /// Nothing: it may be anybody.
    Nothing,
    /// That its certificate comes from a trusted authority.
    Chain,
    /// That its certificate comes from a trusted authority and names the host connected to.
    ChainAndName,
}

impl fmt::Display for Verification {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nothing => "certificate not verified",
            Self::Chain => "certificate verified, host name not",
            Self::ChainAndName => "certificate and host name verified",
        })
    }
}

/// How connections are encrypted: a mode, and the authorities to trust. Cheap to clone.
///
/// The default prefers encryption and verifies nothing.
#[derive(Clone)]
pub struct Tls {
    mode: SslMode,
    verification: Verification,
    roots: Option<String>,
    /// None if nothing is ever encrypted.
    connector: Option<Connector>,
}

impl Tls {
    /// Makes encryption ready by a mode and the authorities to trust, whose certificates are read.
    ///
    /// Without `roots`, modes that verify, and [`SslMode::Require`] if it is there, take
    /// `~/.postgresql/root.crt`, as libpq does. [`SslMode::Prefer`] never verifies, unlike in
    /// libpq, which would rather go on in plain text than encrypt to an authority it does not know.
    ///
    /// # Errors
    ///
    /// [`Error::RootCertificates`] if there are none to verify with or they cannot be read, and
    /// [`Error::WeakSslMode`] if the system's are to be used without verifying the name, which
    /// anybody could get a certificate for.
    pub fn load(mode: SslMode, roots: Option<&RootCertificates>) -> Result<Self, Error> {
        if roots == Some(&RootCertificates::System) && mode != SslMode::VerifyFull {
            return Err(Error::WeakSslMode { mode });
        }
        if mode < SslMode::Require {
            if roots.is_some() {
                tracing::warn!(
                    sslmode = %mode,
                    "the root certificates are not used: this sslmode verifies nothing"
                );
            }
            return Ok(Self::unverified(mode));
        }
        let roots = match roots {
            Some(roots) => Roots::load(roots).map(Some),
            None if mode == SslMode::Require => Roots::load_default_if_there(),
            None => Roots::load_default().map(Some),
        };
        match roots {
            Ok(Some(roots)) => Ok(Self::verified(mode, roots)),
            Ok(None) => Ok(Self::unverified(mode)),
            Err(source) => Err(Error::RootCertificates {
                mode,
                source: source.into(),
            }),
        }
    }

    /// Returns the mode.
    #[must_use]
    pub const fn mode(&self) -> SslMode {
        self.mode
    }

    /// Returns what is verified of a server once a connection to it is encrypted.
    #[must_use]
    pub const fn verification(&self) -> Verification {
        self.verification
    }

    /// Returns where the certificates of the trusted authorities are from, if any are used.
    #[must_use]
    pub fn root_certificates(&self) -> Option<&str> {
        self.roots.as_deref()
    }

    /// Encryption that verifies nothing, or none at all.
    pub(crate) fn unverified(mode: SslMode) -> Self {
        let verifier = || Verifier::new(None, false, provider().signature_verification_algorithms);
        Self {
            mode,
            verification: Verification::Nothing,
            roots: None,
            connector: (mode != SslMode::Disable).then(|| connector(verifier())),
        }
    }

    pub(crate) fn connector(&self) -> Option<&Connector> {
        self.connector.as_ref()
    }

    fn verified(mode: SslMode, roots: Roots) -> Self {
        let check_name = mode == SslMode::VerifyFull;
        let algorithms = provider().signature_verification_algorithms;
        Self {
            mode,
            verification: if check_name {
                Verification::ChainAndName
            } else {
                Verification::Chain
            },
            roots: Some(roots.origin().to_owned()),
            connector: Some(connector(Verifier::new(
                Some(roots),
                check_name,
                algorithms,
            ))),
        }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self::unverified(SslMode::default())
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("Tls"))
            .field("mode", &self.mode)
            .field("verification", &self.verification)
            .field("roots", &self.roots)
            .finish_non_exhaustive()
    }
}

fn connector(verifier: Verifier) -> Connector {
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has ciphers for the default versions of TLS")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Connector::new(config)
}

/// Named wherever it is needed, so that a process-wide default, of whoever sets it, does not matter.
fn provider() -> rustls::crypto::CryptoProvider {
    ring::default_provider()
}
