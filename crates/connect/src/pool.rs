//! A pool of connections to a database.

mod checkout;
mod outdated;

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult};
use tokio::runtime::Handle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use self::outdated::Outdated;
use crate::cancel::CancelRequest;
use crate::client::Client;
use crate::connect::{Connection, ConnectionFactory, Failure};
use crate::error::Error;
use crate::options::ConnectOptions;
use crate::server_message::ServerMessage;
use crate::target::place;
use crate::tls::Tls;

/// A pool of connections to a database. Cheap to clone.
///
/// Connections are opened when they are needed, so you can make a pool while the server is down.
#[derive(Clone)]
pub struct Pool {
    connections: managed::Pool<Manager>,
    place: String,
    /// The place according to the credential source, which may know more.
    place_of_credentials: Arc<OnceLock<String>>,
    options: Arc<ConnectOptions>,
    limits: PoolLimits,
    outdated: Arc<Outdated>,
}

impl Pool {
    /// Creates a pool for the database that the options or a plain configuration name.
    #[must_use]
    pub fn new(options: impl Into<ConnectOptions>) -> Self {
        let options = Arc::new(options.into());
        let place = place(&options.config);
        let place_of_credentials = Arc::default();
        let limits = PoolLimits::default();
        let outdated = Arc::default();
        Self {
            connections: connections(&options, &place_of_credentials, limits, &outdated),
            place,
            place_of_credentials,
            options,
            limits,
            outdated,
        }
    }

    /// Creates another pool for the same database. The two never wait for each other's connections.
    #[must_use]
    pub fn with_limits(&self, limits: PoolLimits) -> Self {
        Self {
            connections: connections(
                &self.options,
                &self.place_of_credentials,
                limits,
                &self.outdated,
            ),
            limits,
            ..self.clone()
        }
    }

    /// Returns how many connections are open, in use and waited for.
    #[must_use]
    pub fn state(&self) -> PoolState {
        let status = self.connections.status();
        PoolState {
            used: status.size.saturating_sub(status.available),
            idle: status.available,
            most: status.max_size,
            waiting: status.waiting,
        }
    }

    /// Returns the database's name for errors and reports: `name on host:port as user`.
    ///
    /// If credentials name the host or the user, they are part of it after the first connection.
    #[must_use]
    pub fn place(&self) -> &str {
        self.place_of_credentials.get().unwrap_or(&self.place)
    }

    /// Gives the database another name in errors and reports, including those of pools made from
    /// this one.
    #[must_use]
    pub fn with_place(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self.place_of_credentials = Arc::default();
        self
    }

    /// Checks that the server answers and is new enough.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] or [`Error::PoolExhausted`] without a connection, [`Error::Silent`] if
    /// no statement runs on it, [`Error::ServerTooOld`] before PostgreSQL 15, [`Error::Statement`] if the server does not
    /// report its version.
    pub async fn check_server(&self) -> Result<(), Error> {
        self.client().await.map(drop)
    }

    /// Builds the error for a failed statement. Its source is the server's own message if there is
    /// one.
    ///
    /// A read-only server is no longer the right one, so in that case this also
    /// [replaces](Self::replace_connections) the connections.
    #[must_use]
    pub fn statement(&self, task: impl Into<String>, error: tokio_postgres::Error) -> Error {
        match error.as_db_error() {
            Some(message) if message.code() == &SqlState::READ_ONLY_SQL_TRANSACTION => {
                self.read_only(task, ServerMessage::new(message.clone()))
            }
            Some(message) => self.statement_failed(task, ServerMessage::new(message.clone())),
            None => self.statement_failed(task, error),
        }
    }

    /// Builds the error for a statement with an unexpected answer.
    #[must_use]
    pub fn statement_failed(
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

    pub(crate) fn silent(&self) -> Error {
        Error::Silent {
            place: self.place().to_owned(),
        }
    }

    fn read_only(
        &self,
        task: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        self.replace_connections();
        Error::ReadOnly {
            task: task.into(),
            place: self.place().to_owned(),
            source: source.into(),
        }
    }

    pub(crate) const fn limits(&self) -> PoolLimits {
        self.limits
    }

    /// Returns how connections are encrypted.
    pub(crate) fn tls(&self) -> &Tls {
        &self.options.tls
    }

    fn pool_error(&self, error: PoolError<Failure>) -> Error {
        let place = self.place().to_owned();
        match error {
            PoolError::Backend(failure) => failure.into_error(place),
            PoolError::Timeout(_) => Error::PoolExhausted {
                place,
                seconds: self.limits.wait.as_secs(),
            },
            other => Error::Unreachable {
                place,
                advice: "this is a bug in CusipService; please report it".to_owned(),
                setting: None,
                source: other.into(),
            },
        }
    }
}

/// Shows only the [place](Pool::place): a configuration holds a password.
impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("Pool"))
            .field("place", &self.place())
            .finish_non_exhaustive()
    }
}

/// A connection, which goes back to its pool when it is dropped.
pub struct PooledClient(Object<Manager>);

impl PooledClient {
    /// Returns a request to cancel the statement that may still be running.
    pub(crate) fn cancel_request(&self, tls: &Tls) -> CancelRequest {
        self.0.cancel_request(tls)
    }

    /// Asks the server to cancel the statement that may still be running, and closes the connection
    /// instead of returning it to its pool.
    ///
    /// Without the request, the connection would close only when its last statement has been answered.
    /// That may take hours, during which its locks would be held.
    pub fn abandon(self, pool: &Pool) {
        let client = self.detach();
        if let Ok(runtime) = Handle::try_current() {
            let request = client.cancel_request(pool.tls());
            runtime.spawn(async move {
                request.send().await;
                // Only now: a pooler does not pass on a request to cancel for a client that is gone.
                drop(client);
            });
        }
    }

    /// Takes the connection away from its pool, so that it closes when it is dropped.
    pub(crate) fn detach(self) -> Connection {
        Object::take(self.0)
    }
}

impl fmt::Debug for PooledClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("PooledClient")).finish_non_exhaustive()
    }
}

impl Deref for PooledClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// How large a pool may get, and how long to wait for one of its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolLimits {
    /// The maximum number of connections. By default 8, of which a load uses up to four.
    pub connections: usize,
    /// How long to wait for a free connection. By default 30 s.
    pub wait: Duration,
}

impl PoolLimits {
    /// Limits a pool to this many connections and this wait for a free one.
    #[must_use]
    pub const fn new(connections: usize, wait: Duration) -> Self {
        Self { connections, wait }
    }
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self::new(8, Duration::from_secs(30))
    }
}

/// What a pool's connections are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolState {
    /// How many connections are in use.
    pub used: usize,
    /// How many are open and free.
    pub idle: usize,
    /// The maximum number of connections.
    pub most: usize,
    /// How many callers are waiting for one.
    pub waiting: usize,
}

/// Opens connections for the pool, and hands out used ones that are still open.
struct Manager {
    factory: ConnectionFactory,
    outdated: Arc<Outdated>,
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = Failure;

    async fn create(&self) -> Result<Connection, Failure> {
        // Callers await this deep inside other futures. Without a `dyn` here, those would exceed
        // the compiler's limit for nested types.
        let connection: Pin<Box<dyn Future<Output = _> + Send + '_>> =
            Box::pin(self.factory.connect());
        connection.await
    }

    async fn recycle(
        &self,
        connection: &mut Connection,
        metrics: &Metrics,
    ) -> RecycleResult<Failure> {
        if connection.is_closed() {
            return Err(RecycleError::message("the server closed the connection"));
        }
        if self.outdated.includes(metrics.created) {
            return Err(RecycleError::message(
                "the address may lead to another server now",
            ));
        }
        Ok(())
    }
}

/// Returns the first row of the answers to a simple query.
pub(crate) fn first_row(messages: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

fn connections(
    options: &Arc<ConnectOptions>,
    place_of_credentials: &Arc<OnceLock<String>>,
    limits: PoolLimits,
    outdated: &Arc<Outdated>,
) -> managed::Pool<Manager> {
    let place = Arc::clone(place_of_credentials);
    let manager = Manager {
        factory: ConnectionFactory::new(Arc::clone(options), place),
        outdated: Arc::clone(outdated),
    };
    managed::Pool::builder(manager)
        .max_size(limits.connections)
        .wait_timeout(Some(limits.wait))
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a pool with a runtime can always be built")
}
