//! What can go wrong with connections.

use thiserror::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::ssl_mode::SslMode;

/// Why something could not be done in the database.
///
/// Each text says what was tried and where; the server's or the network's words are its
/// [`source`](std::error::Error::source).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be made.
    #[error("cannot connect to the database {place}; {advice}")]
    Unreachable {
        /// The database, as `name on host:port as user`.
        place: String,
        /// What to do, as an instruction.
        advice: String,
        /// What the network, the server or the source of credentials says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There are no certificates to verify a server with.
    #[error(
        "sslmode={mode} needs the certificates of the authorities to trust; name a PEM file by `--sslrootcert` (CUSIP_DB_SSLROOTCERT), or `system` for the system's own; Amazon RDS's are at https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
    )]
    RootCertificates {
        /// The mode that verifies.
        mode: SslMode,
        /// Why there are none.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The system's authorities are to be trusted, but whom they vouch for is not to be verified.
    #[error(
        "sslmode={mode} is too weak for sslrootcert=system, since anybody can get a certificate from those authorities for a host of their own; use sslmode=verify-full"
    )]
    WeakSslMode {
        /// The mode.
        mode: SslMode,
    },
    /// All connections of the pool are in use and none came back in time.
    #[error(
        "no connection to the database {place} became free within {seconds} s; try again later"
    )]
    PoolExhausted {
        /// The database, as `name on host:port as user`.
        place: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The server is older than PostgreSQL 15.
    #[error(
        "the database {place} runs PostgreSQL {version}, but PostgreSQL {minimum} or newer is needed; upgrade the server or use another one"
    )]
    ServerTooOld {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The server's version, e.g. `14.12`.
        version: String,
        /// The oldest major version that will do.
        minimum: u32,
    },
    /// A statement failed.
    #[error("cannot {task} in the database {place}")]
    Statement {
        /// What was being done, e.g. `merge the staged issues into issue`.
        task: String,
        /// The database, as `name on host:port as user`.
        place: String,
        /// What the server or the driver says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Tells whether the database could not be used at all: unreachable, not to be verified, too old or
    /// not migrated.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::RootCertificates { .. }
                | Self::WeakSslMode { .. }
                | Self::PoolExhausted { .. }
                | Self::ServerTooOld { .. }
        )
    }

    /// Tells whether the database was reached and does not let this be done: a privilege is missing, or
    /// transactions are read-only.
    #[must_use]
    pub fn is_not_permitted(&self) -> bool {
        let Self::Statement { source, .. } = self else {
            return false;
        };
        let words: Option<&DbError> = source.downcast_ref();
        words.is_some_and(|words| {
            words.code() == &SqlState::INSUFFICIENT_PRIVILEGE
                || words.code() == &SqlState::READ_ONLY_SQL_TRANSACTION
        })
    }
}
