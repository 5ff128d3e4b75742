//! A database, and a pool of connections to it.

mod pool;

use std::fmt;
use std::sync::{Arc, OnceLock};

use deadpool_postgres::{Object, Pool};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use self::pool::pool;
pub use self::pool::{PoolLimits, PoolState};
use crate::connect::{ConnectOptions, place};
use crate::error::Error;
use crate::tls::{SslMode, Tls, Verification};

const MINIMUM_VERSION: u32 = 15;

/// A database, and a pool of connections to it. Cheap to clone.
///
/// Connections are made when they are needed, so making a `Database` of a server that is down works.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    place: String,
    /// The place once the source of credentials has said so, which may know more.
    place_of_credentials: Arc<OnceLock<String>>,
    options: Arc<ConnectOptions>,
    limits: PoolLimits,
}

impl Database {
    /// Makes a pool for the database that the options name, or a configuration alone.
    #[must_use]
    pub fn new(options: impl Into<ConnectOptions>) -> Self {
        let options = Arc::new(options.into());
        let place = place(&options.config);
        let place_of_credentials = Arc::default();
        let limits = PoolLimits::default();
        Self {
            pool: pool(&options, &place_of_credentials, limits),
            place,
            place_of_credentials,
            options,
            limits,
        }
    }

    /// Makes another pool for the same database, so that what uses the one never waits for what uses
    /// the other.
    #[must_use]
    pub fn with_pool(&self, limits: PoolLimits) -> Self {
        Self {
            pool: pool(&self.options, &self.place_of_credentials, limits),
            limits,
            ..self.clone()
        }
    }

    /// Returns what the pool's connections are doing.
    #[must_use]
    pub fn pool_state(&self) -> PoolState {
        let status = self.pool.status();
        PoolState {
            used: status.size.saturating_sub(status.available),
            idle: status.available,
            most: status.max_size,
            waiting: status.waiting,
        }
    }

    /// Returns the database as errors and reports name it: `name on host:port as user`.
    ///
    /// Where a source of credentials has a say in it, that is known from the first connection on.
    #[must_use]
    pub fn place(&self) -> &str {
        self.place_of_credentials.get().unwrap_or(&self.place)
    }

    /// Gives the database another name in errors and reports, and in those of the pools made of it.
    #[must_use]
    pub fn with_place(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self.place_of_credentials = Arc::default();
        self
    }

    /// Makes sure that the server answers and is new enough.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] or [`Error::PoolExhausted`] without a connection,
    /// [`Error::ServerTooOld`] before PostgreSQL 15, [`Error::Statement`] if it does not tell.
    pub async fn check_server(&self) -> Result<(), Error> {
        self.client().await.map(drop)
    }

    /// Asks the server how a connection of this pool is encrypted.
    ///
    /// Through a pooler, its answer is about its connection with the pooler.
    ///
    /// # Errors
    ///
    /// Those of [`check_server`](Self::check_server).
    pub async fn encryption(&self) -> Result<Encryption, Error> {
        let query = "select version, cipher from pg_stat_ssl where pid = pg_backend_pid() and ssl";
        let client = self.client().await?;
        let messages = (client.simple_query(query).await)
            .map_err(|error| self.statement("ask for the connection's encryption", error))?;
        let row = messages.iter().find_map(row);
        let value = |column| row.and_then(|row| row.get(column)).map(str::to_owned);
        Ok(Encryption {
            mode: self.tls().mode(),
            protocol: value(0),
            cipher: value(1),
            verification: row.map_or(Verification::Nothing, |_| self.tls().verification()),
        })
    }

    /// Returns how connections are encrypted.
    pub(crate) fn tls(&self) -> &Tls {
        &self.options.tls
    }

    /// Takes a connection out of the pool, of a server that is new enough.
    pub(crate) async fn client(&self) -> Result<Object, Error> {
        let client = (self.pool.get().await)
            .map_err(|error| Error::from_pool(self.place(), self.limits.wait.as_secs(), error))?;
        // A simple query, so that a pooler between us and the server needs no prepared statement.
        let rows = (client.simple_query("show server_version_num").await)
            .map_err(|error| self.statement("ask for the server's version", error))?;
        let number = rows.iter().find_map(row).and_then(|row| row.get(0));
        let number = number.and_then(|number| number.parse::<u32>().ok());
        let number = number.unwrap_or_default();
        if number / 10_000 < MINIMUM_VERSION {
            return Err(Error::ServerTooOld {
                place: self.place().to_owned(),
                version: format!("{}.{}", number / 10_000, number % 10_000),
                minimum: MINIMUM_VERSION,
            });
        }
        Ok(client)
    }

    /// Makes the error of a statement, with the server's own words as its source if it had any.
    pub(crate) fn statement(&self, task: impl Into<String>, error: tokio_postgres::Error) -> Error {
        match error.as_db_error() {
            Some(words) => self.statement_failed(task, words.clone()),
            None => self.statement_failed(task, error),
        }
    }

    pub(crate) fn statement_failed(
        &self,
        task: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error::Statement {
            task: task.into(),
            place: self.place().to_owned(),
            source: source.into(),
        }
    }
}

/// How a connection is encrypted, and what of the server was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encryption {
    /// The mode that was asked for.
    pub mode: SslMode,
    /// The version of TLS, e.g. `TLSv1.3`; none in plain text.
    pub protocol: Option<String>,
    /// The cipher, e.g. `TLS_AES_256_GCM_SHA384`; none in plain text.
    pub cipher: Option<String>,
    /// What was verified.
    pub verification: Verification,
}

impl Encryption {
    /// Tells whether the connection is encrypted at all.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.protocol.is_some()
    }
}

/// Shows the [place](Database::place) alone: a configuration holds a password.
impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("Database"))
            .field("place", &self.place())
            .finish_non_exhaustive()
    }
}

fn row(message: &SimpleQueryMessage) -> Option<&SimpleQueryRow> {
    match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    }
}
