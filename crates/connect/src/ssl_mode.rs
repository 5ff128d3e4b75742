//! The five modes of encryption.

use std::fmt;
use std::str::FromStr;

use thiserror::Error as ThisError;
use tokio_postgres::config;

/// Whether connections are encrypted, and what is verified about the server.
///
/// The names are [libpq's](https://www.postgresql.org/docs/current/libpq-ssl.html). Unix sockets are
/// never encrypted, whatever the mode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server supports it, but not verified. Otherwise in plain text.
    #[default]
    Prefer,
    /// Always encrypted. The certificate is verified if trusted authorities are given.
    Require,
    /// Always encrypted, and the certificate must come from a trusted authority.
    VerifyCa,
    /// Always encrypted, and the certificate must come from a trusted authority and name the host.
    VerifyFull,
}

impl SslMode {
    /// All modes, from the weakest to the strictest.
    pub const ALL: [Self; 5] = [
        Self::Disable,
        Self::Prefer,
        Self::Require,
        Self::VerifyCa,
        Self::VerifyFull,
    ];

    /// Returns the mode's name, e.g. `verify-full`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for SslMode {
    type Err = UnknownSslMode;

    fn from_str(text: &str) -> Result<Self, UnknownSslMode> {
        let mut modes = Self::ALL.into_iter();
        (modes.find(|mode| mode.as_str() == text)).ok_or_else(|| UnknownSslMode(text.to_owned()))
    }
}

impl From<config::SslMode> for SslMode {
    fn from(mode: config::SslMode) -> Self {
        match mode {
            config::SslMode::Disable => Self::Disable,
            config::SslMode::Prefer => Self::Prefer,
            // The driver may add modes, but is unlikely to add weaker ones.
            _ => Self::Require,
        }
    }
}

/// A string that is not the name of an [`SslMode`].
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("sslmode '{0}' is not known; choose disable, prefer, require, verify-ca or verify-full")]
pub struct UnknownSslMode(String);
