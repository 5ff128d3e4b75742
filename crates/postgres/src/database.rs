//! The pool of connections to one database.

use std::fmt::{self, Write as _};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls};

use crate::error::Error;

const MOST_CONNECTIONS: usize = 8;
const MINIMUM_VERSION: u32 = 15;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);

/// A database, and a pool of connections to it. Cheap to clone.
///
/// Connections are made when they are needed, so making a `Database` of a server that is down works.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    place: String,
}

impl Database {
    /// Makes a pool for the database that the configuration names.
    ///
    /// A dead server is noticed: TCP keepalives start after 30 s, and unless the configuration says
    /// otherwise, connecting may take 10 s and sent data 60 s to be acknowledged.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(TCP_USER_TIMEOUT);
        }
        config.keepalives_idle(KEEPALIVE_IDLE);
        let place = place(&config);
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
        let timeouts = Timeouts {
            wait: Some(WAIT_TIMEOUT),
            ..Timeouts::default()
        };
        let pool = Pool::builder(manager)
            .max_size(MOST_CONNECTIONS)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .expect("a runtime is given, which is all that building asks for");
        Self { pool, place }
    }

    /// Returns the database as errors and reports name it: `name on host:port as user`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Gives the database another name in errors and reports.
    #[must_use]
    pub fn with_place(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
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

    /// Takes a connection out of the pool, of a server that is new enough.
    pub(crate) async fn client(&self) -> Result<Object, Error> {
        let client = (self.pool.get().await)
            .map_err(|error| Error::from_pool(&self.place, WAIT_TIMEOUT.as_secs(), error))?;
        // A simple query, so that a pooler between us and the server needs no prepared statement.
        let rows = (client.simple_query("show server_version_num").await)
            .map_err(|error| self.statement("ask for the server's version", error))?;
        let number = rows.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse::<u32>().ok(),
            _ => None,
        });
        let number = number.unwrap_or_default();
        if number / 10_000 < MINIMUM_VERSION {
            return Err(Error::ServerTooOld {
                place: self.place.clone(),
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
            place: self.place.clone(),
            source: source.into(),
        }
    }
}

/// Shows the [place](Database::place) alone: a configuration holds a password.
impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("Database"))
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

fn place(config: &Config) -> String {
    let mut place = String::new();
    let user = config.get_user().unwrap_or("the system's user");
    let name = config.get_dbname().unwrap_or(user);
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let written = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => write!(place, "{name} on {host}:{port} as {user}"),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => write!(place, "{name} in {} as {user}", folder.display()),
        None => write!(place, "{name} as {user}"),
    };
    written.expect("a String takes every write");
    place
}
