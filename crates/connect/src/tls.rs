//! Encrypts connections and verifies servers, with the same rules as libpq.

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

/// The protocol that libpq 17 and newer offer. Servers before 17 ignore it.
const PROTOCOL: &[u8] = b"postgresql";

/// Where to find the certificates of the trusted authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootCertificates {
    /// In the system's store.
    System,
    /// In a PEM file.
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

/// What was verified about the server of an encrypted connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verification {
    /// Nothing: it may be any server.
    Nothing,
    /// Its certificate comes from a trusted authority.
    Chain,
    /// Its certificate comes from a trusted authority and names the host.
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

/// How connections are encrypted: a mode, and the trusted authorities. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    mode: SslMode,
    verification: Verification,
    roots: Option<String>,
    /// `None` if nothing is ever encrypted.
    connector: Option<Connector>,
}

impl Tls {
    /// Prepares encryption, and reads the certificates of the trusted authorities.
    ///
    /// Without `roots`, modes that verify read `~/.postgresql/root.crt`, as libpq does.
    /// [`SslMode::Require`] only reads it if it exists. [`SslMode::Prefer`] never verifies. (libpq
    /// would verify, and continue in plain text if it does not know the authority.)
    ///
    /// # Errors
    ///
    /// [`Error::RootCertificates`] if there are no certificates or they cannot be read.
    /// [`Error::WeakSslMode`] if the mode does not verify the host name and the system's authorities
    /// are trusted: anyone can get a certificate from those.
    pub fn load(mode: SslMode, roots: Option<&RootCertificates>) -> Result<Self, Error> {
        if roots == Some(&RootCertificates::System) && mode != SslMode::VerifyFull {
            return Err(Error::WeakSslMode { mode });
        }
        if mode < SslMode::Require {
            if roots.is_some() {
                tracing::warn!(
                    sslmode = %mode,
                    "this sslmode verifies nothing, so the root certificates are not used"
                );
            }
            return Ok(Self::unverified(mode));
        }
        let roots = match roots {
            Some(roots) => Roots::load(roots).map(Some),
            None if mode == SslMode::Require => Roots::load_default_if_present(),
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

    /// Returns what is verified about a server once a connection to it is encrypted.
    #[must_use]
    pub const fn verification(&self) -> Verification {
        self.verification
    }

    /// Prepares encryption without verification, or no encryption.
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
        .expect("ring supports the default versions of TLS")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Connector::new(config)
}

/// Returns a cryptography provider, independent of the process-wide default that other code may
/// set.
fn provider() -> rustls::crypto::CryptoProvider {
    ring::default_provider()
}
