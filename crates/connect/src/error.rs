//! What can go wrong with connections.

use std::error::Error as StdError;
use std::io;

use thiserror::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::server_message::ServerMessage;
use crate::setting::Setting;
use crate::ssl_mode::SslMode;

/// Why a database could not be used.
///
/// The text says what failed and where. The message from the server or the network is the error's
/// [`source`](std::error::Error::source).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be opened.
    #[error("cannot connect to the database {place}; {advice}")]
    Unreachable {
        /// The database, as `name on host:port as user`.
        place: String,
        /// What to do, as an instruction.
        advice: String,
        /// The setting that the advice is about, if it is about one.
        setting: Option<Setting>,
        /// The message from the network, the server or the source of credentials.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There are no certificates to verify a server with.
    #[error(
        "sslmode={mode} needs the certificates of trusted authorities; get a PEM file (for Amazon RDS from https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem), or use `system` for the system's own, as root certificates"
    )]
    RootCertificates {
        /// The mode that verifies.
        mode: SslMode,
        /// Why there are none.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The system's authorities are trusted, but the mode does not verify the host name.
    #[error(
        "sslmode={mode} is too weak for the system's authorities, because anyone can get a certificate from them for their own host; use sslmode=verify-full"
    )]
    WeakSslMode {
        /// The mode.
        mode: SslMode,
    },
    /// All connections of the pool are in use and none became free in time.
    #[error(
        "no connection to the database {place} became free within {seconds} s; try again later"
    )]
    PoolExhausted {
        /// The database, as `name on host:port as user`.
        place: String,
        /// How long the caller waited.
        seconds: u64,
    },
    /// The server accepted a connection but ran no statement in time.
    #[error(
        "the database {place} accepted a connection but ran no statement on it; if it is behind a connection pooler, raise the pooler's pool size, since a load needs up to four connections to the server at once"
    )]
    Silent {
        /// The database, as `name on host:port as user`.
        place: String,
    },
    /// A pooler gives each statement another connection to the server.
    #[error(
        "the database {place} is behind a connection pooler in statement mode, which allows no transactions; set the pooler's `pool_mode` to `transaction` or `session`, or connect to the server itself"
    )]
    StatementPooling {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The pooler's message.
        source: Box<DbError>,
    },
    /// pgpool-II is between this program and the server.
    #[error(
        "the database {place} is behind pgpool-II {version}, which hangs or crashes at the COPY commands of a load; connect to the server itself, or use PgBouncer instead"
    )]
    Pgpool {
        /// The database, as `name on host:port as user`.
        place: String,
        /// pgpool's version, e.g. `4.3.5 (tamahomeboshi)`.
        version: String,
    },
    /// Two connections reached two servers.
    #[error(
        "two connections to the database {place} reached different servers, but a load needs all of them on the primary; connect to the primary itself, or turn off the load balancing of the pooler, the proxy or the host name"
    )]
    OtherServer {
        /// The database, as `name on host:port as user`.
        place: String,
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
        /// The oldest supported major version.
        minimum: u32,
    },
    /// The server accepts no writes: it is a standby, or it was demoted.
    #[error(
        "cannot {task}: the database {place} is read-only; connect to the server that accepts writes (on RDS, Aurora and Patroni: the writer's address), or wait until this one does"
    )]
    ReadOnly {
        /// What was tried, e.g. `log the start of the job`.
        task: String,
        /// The database, as `name on host:port as user`.
        place: String,
        /// The server's message.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A statement failed.
    #[error("cannot {task} in the database {place}")]
    Statement {
        /// What the statement was for, e.g. `merge the staged issues into issue`.
        task: String,
        /// The database, as `name on host:port as user`.
        place: String,
        /// The message from the server or the driver.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Returns whether the database cannot be used: the server is unreachable, not verified, too old, or
    /// read-only.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        !matches!(self, Self::Statement { .. })
    }

    /// Returns whether the server accepts no writes.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        matches!(self, Self::ReadOnly { .. })
    }

    /// Returns whether the connection ended before the server's answer arrived, so that the outcome of
    /// the statement is not known.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        let Self::Statement { source, .. } = self else {
            return false;
        };
        if let Some(message) = source.downcast_ref::<ServerMessage>() {
            return !matches!(
                message.message().parsed_severity(),
                None | Some(Severity::Error)
            );
        }
        let driver: Option<&tokio_postgres::Error> = source.downcast_ref();
        let system = driver.map_or(Some(&**source as &dyn StdError), StdError::source);
        let system = system.and_then(|cause| cause.downcast_ref::<io::Error>());
        driver.is_some_and(tokio_postgres::Error::is_closed)
            // The driver reports messages that it cannot read or write as invalid input.
            || system.is_some_and(|error| error.kind() != io::ErrorKind::InvalidInput)
    }

    /// Returns whether the server refused a statement because a privilege is missing.
    #[must_use]
    pub fn is_not_permitted(&self) -> bool {
        self.sql_state() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
    }

    /// Returns the code with which the server refused a statement.
    #[must_use]
    pub fn sql_state(&self) -> Option<&SqlState> {
        let Self::Statement { source, .. } = self else {
            return None;
        };
        let message: Option<&ServerMessage> = source.downcast_ref();
        message.map(|message| message.message().code())
    }

    /// Returns the setting that the text advises to change, if there is one.
    #[must_use]
    pub const fn setting(&self) -> Option<Setting> {
        match self {
            Self::Unreachable { setting, .. } => *setting,
            Self::RootCertificates { .. } => Some(Setting::RootCertificates),
            _ => None,
        }
    }
}
