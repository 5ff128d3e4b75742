//! The database that holds the securities and the job log.

use cusip_connect::{ConnectOptions, Pool, PoolLimits, PooledClient, Transaction};

use crate::error::Error;

/// The database that holds the securities and the job log, with a pool of connections to it.
///
/// Cheap to clone. Connections are opened when they are needed, so you can make a `Database` while
/// its server is down.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
}

impl Database {
    /// Creates a pool for the database that the options or a plain configuration name.
    #[must_use]
    pub fn new(options: impl Into<ConnectOptions>) -> Self {
        Self {
            pool: Pool::new(options),
        }
    }

    /// Returns the pool of connections, to ask about the server and the connections to it.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Returns the same database with another pool. The two never wait for each other's connections.
    #[must_use]
    pub fn with_pool(&self, limits: PoolLimits) -> Self {
        Self {
            pool: self.pool.with_limits(limits),
        }
    }

    /// Checks that the database has the schema of this program, and that the server accepts writes.
    ///
    /// # Errors
    ///
    /// Same as [`check_schema`](Self::check_schema), and [`Error::Connection`] with
    /// [`cusip_connect::Error::ReadOnly`].
    pub async fn check_ready(&self) -> Result<(), Error> {
        let writable = match self.pool.check_writable().await {
            // The connection dated from before a failover. It has been replaced.
            Err(error) if error.is_read_only() => self.pool.check_writable().await,
            checked => checked,
        };
        writable?;
        self.check_schema().await
    }

    /// Returns the database's name for errors and reports, as [`Pool::place`] does.
    #[must_use]
    pub fn place(&self) -> &str {
        self.pool.place()
    }

    /// Gives the database another name in errors and reports.
    #[must_use]
    pub fn with_place(self, place: impl Into<String>) -> Self {
        Self {
            pool: self.pool.with_place(place),
        }
    }

    /// Takes a connection from the pool.
    pub(crate) async fn client(&self) -> Result<PooledClient, Error> {
        Ok(self.pool.client().await?)
    }

    /// Begins a transaction on its own connection.
    pub(crate) async fn begin(&self) -> Result<Transaction, Error> {
        Ok(Transaction::begin(&self.pool).await?)
    }

    /// Builds the error for a failed statement. Its source is the server's own message if there is
    /// one.
    pub(crate) fn statement(&self, task: impl Into<String>, error: tokio_postgres::Error) -> Error {
        self.pool.statement(task, error).into()
    }

    /// Builds the error for a statement with an unexpected result.
    pub(crate) fn statement_failed(
        &self,
        task: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        self.pool.statement_failed(task, source).into()
    }
}
