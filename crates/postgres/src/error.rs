//! What can go wrong on the database's side.

use deadpool_postgres::PoolError;
use thiserror::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::connect::Failure;
use crate::ledger::{JobId, RunningJob};
use crate::tls::SslMode;

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
    /// The database stores text in another encoding than UTF-8.
    #[error(
        "the database {place} has the encoding {encoding}, which cannot hold every name; make one with `create database … encoding 'UTF8' template template0` and migrate that"
    )]
    Encoding {
        /// The database, as `name on host:port as user`.
        place: String,
        /// Its encoding.
        encoding: String,
    },
    /// The schema is missing or behind this program.
    #[error(
        "the database {place} lacks {pending} of {known} migrations; run `cusip migrate` with the same database options, then try again"
    )]
    NotMigrated {
        /// The database, as `name on host:port as user`.
        place: String,
        /// How many migrations are due.
        pending: usize,
        /// How many migrations this program knows.
        known: usize,
    },
    /// The schema is of a newer or another program, or a migration was edited after it ran.
    #[error(
        "the schema of the database {place} does not agree with this program: {difference}; use the version of the program that made it, or a newer one"
    )]
    SchemaDiffers {
        /// The database, as `name on host:port as user`.
        place: String,
        /// What differs.
        difference: String,
    },
    /// The database is the earlier service's, but somebody has changed what that made.
    #[error(
        "cannot take over the database {place} from the earlier service, and nothing was changed; undo each of these, or move it to another database, then migrate again:\n- {}",
        .differences.join("\n- ")
    )]
    NotTakenOver {
        /// The database, as `name on host:port as user`.
        place: String,
        /// What differs, each in a sentence.
        differences: Vec<String>,
    },
    /// Another load or migration holds the load lock.
    #[error("another load or migration is running in the database {place}{}; try again when it is done", running(.job.as_ref()))]
    Busy {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The job that runs, unless it is a migration.
        job: Option<RunningJob>,
    },
    /// Somebody asked for the load to be cancelled before it was committed.
    #[error("job {job} was cancelled; nothing was loaded")]
    Cancelled {
        /// The job.
        job: JobId,
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
    /// The server's own row counts contradict what was loaded.
    #[error(
        "the database {place} reports {reported} written rows of {table} where the merge wrote {merged}; nothing was loaded, please report this"
    )]
    Miscounted {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The master table.
        table: &'static str,
        /// What the server's statistics say.
        reported: u64,
        /// What the merge says.
        merged: u64,
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
                | Self::Encoding { .. }
                | Self::NotMigrated { .. }
                | Self::SchemaDiffers { .. }
                | Self::NotTakenOver { .. }
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

    /// Tells whether another load or migration was in the way.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    pub(crate) fn from_pool(place: &str, seconds: u64, error: PoolError) -> Self {
        let place = place.to_owned();
        match error {
            PoolError::Backend(error) => {
                let failure = Failure::of_pool(error);
                Self::Unreachable {
                    place,
                    advice: failure.advice().to_owned(),
                    source: failure.into(),
                }
            }
            PoolError::Timeout(_) => Self::PoolExhausted { place, seconds },
            other => Self::Unreachable {
                place,
                advice: "this is an error of the program, please report it".to_owned(),
                source: other.into(),
            },
        }
    }
}

fn running(job: Option<&RunningJob>) -> String {
    job.map(|job| format!(" (job {}, started {})", job.id, job.started_at))
        .unwrap_or_default()
}
