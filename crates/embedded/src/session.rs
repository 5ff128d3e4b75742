//! A session with the new server, to check that it accepts connections and has the database.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls};

use crate::settings::{MAINTENANCE_DATABASE, USER};

/// Why the server did not do what was asked.
#[derive(Debug)]
pub(crate) enum SessionError {
    /// The server is still starting, or did not respond in time.
    NotReady,
    /// The server's message.
    Rejected(String),
    Io(io::Error),
}

/// Connects to the server and creates the database if it is missing. Returns the server's version.
///
/// Runs on its own thread, because the caller may already be inside a tokio runtime, and a thread
/// cannot run two.
pub(crate) fn ensure_database(
    socket_folder: &Path,
    port: u16,
    database: &str,
    timeout: Duration,
) -> Result<String, SessionError> {
    let mut config = Config::new();
    config
        .host_path(socket_folder)
        .port(port)
        .user(USER)
        .dbname(MAINTENANCE_DATABASE);
    let run = || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match time::timeout(timeout, create_if_missing(&config, database)).await {
                Ok(version) => Ok(version?),
                Err(_) => Err(SessionError::NotReady),
            }
        })
    };
    thread::scope(|scope| {
        let panicked = |_| io::Error::other("the thread of the session panicked");
        scope.spawn(run).join().map_err(panicked)?
    })
}

async fn create_if_missing(config: &Config, database: &str) -> Result<String, Error> {
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let version = version_with_database(&client, database).await;
    // Ends the session cleanly.
    drop(client);
    let _ = connection.await;
    version
}

async fn version_with_database(client: &Client, database: &str) -> Result<String, Error> {
    create_database(client, database).await?;
    let row = client.query_one("SHOW server_version", &[]).await?;
    let version: String = row.try_get(0)?;
    // Distributions append their own version.
    Ok(version.split(' ').next().unwrap_or_default().to_owned())
}

async fn create_database(client: &Client, name: &str) -> Result<(), Error> {
    // Looks first, because the server logs a failed CREATE DATABASE as an error.
    let found = client
        .query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name])
        .await?;
    if found.is_none() {
        let identifier = name.replace('"', "\"\"");
        let statement = format!("CREATE DATABASE \"{identifier}\"");
        client.batch_execute(&statement).await?;
    }
    Ok(())
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        if let Some(said) = error.as_db_error() {
            return match said.code() {
                // It is starting, recovering or shutting down.
                &SqlState::CANNOT_CONNECT_NOW => Self::NotReady,
                code => Self::Rejected(format!("{} (SQLSTATE {})", said.message(), code.code())),
            };
        }
        if error.is_closed() {
            return Self::NotReady;
        }
        match std::error::Error::source(&error).and_then(|cause| cause.downcast_ref()) {
            Some(cause) => io_error(cause),
            // A server that asks for a password, for example.
            None => Self::Rejected(format!(
                "{error}; local connections must be trusted: check `pg_hba.conf` in the data folder"
            )),
        }
    }
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn io_error(error: &io::Error) -> SessionError {
    use io::ErrorKind::{
        BrokenPipe, ConnectionRefused, ConnectionReset, NotFound, TimedOut, UnexpectedEof,
        WouldBlock,
    };
    match error.kind() {
        // There is no socket yet, its queue is full, or the server is shutting down.
        NotFound | ConnectionRefused | ConnectionReset | BrokenPipe | UnexpectedEof
        | WouldBlock | TimedOut => SessionError::NotReady,
        kind => SessionError::Io(io::Error::new(kind, error.to_string())),
    }
}
