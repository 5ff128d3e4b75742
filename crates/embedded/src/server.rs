//! A private server, from its start to its end.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::configuration::{Durability, MAINTENANCE_DATABASE, PORT, USER, settings};
use crate::error::Error;
use crate::folder::{KeptFolder, RunFolder, ServerStatus};
use crate::installation::Installations;
use crate::keeper::{Keeper, Task};
use crate::log::Log;
use crate::options::{ServerOptions, Storage};
use crate::session::{Refusal, Session};

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long the server of a command that was killed may take to shut down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// A running private server, which stops when this value is dropped or its process ends.
///
/// Dropping it blocks until the server is down; open sessions are ended, not waited for. A value
/// that is never dropped, such as one in a `static`, leaves nothing behind either.
#[derive(Debug)]
pub struct Server {
    // Dropped in this order: the server must be down before folders and locks are given up.
    keeper: Keeper,
    run_folder: RunFolder,
    kept_folder: Option<KeptFolder>,
    log: Log,
    data_folder: PathBuf,
    port: u16,
    database: String,
    version: String,
    process_id: u32,
}

impl Server {
    /// Starts a server and waits until its database accepts connections.
    ///
    /// # Errors
    /// - [`Error::NotInstalled`], [`Error::BinariesVariable`], [`Error::TooOld`] or
    ///   [`Error::OtherVersion`] if there is no PostgreSQL to use;
    /// - [`Error::InUse`], [`Error::LeftRunning`] or [`Error::ForeignFolder`] if the data folder
    ///   cannot be had;
    /// - [`Error::Unreachable`] or [`Error::NoAccount`] if the caller is root and nobody
    ///   else can run the server;
    /// - [`Error::Start`], [`Error::StartTimeout`] or [`Error::Database`] if the server failed;
    ///   the first two have the last lines of its log;
    /// - [`Error::DatabaseName`] for a name that PostgreSQL has no way to take;
    /// - [`Error::Run`] or [`Error::Io`] if the system refused something.
    pub fn start(options: ServerOptions) -> Result<Self, Error> {
        let database = options.database;
        if database.is_empty() || database.contains('\0') {
            return Err(Error::DatabaseName { name: database });
        }
        let started = Instant::now();
        // Before any folder is made: with nothing installed, nothing is left behind.
        let installations = Installations::find()?;
        installations.preferred()?;

        let kept_folder = match options.storage {
            Storage::Kept(folder) => Some(KeptFolder::open(&folder)?),
            Storage::Temporary => None,
        };
        let account = match &kept_folder {
            Some(kept) => kept.account().clone(),
            None => Account::of_caller()?,
        };
        let run_folder = RunFolder::create(&account)?;
        let (durability, data_folder, (log_writer, log)) = match &kept_folder {
            Some(kept) => (
                Durability::Kept,
                kept.data_folder(),
                kept.open_log(SHUTDOWN_TIMEOUT)?,
            ),
            None => (
                Durability::Temporary,
                run_folder.data_folder(),
                run_folder.open_log(&account)?,
            ),
        };
        let made_by = kept_folder.as_ref().map(KeptFolder::made_by).transpose()?;
        let installation = match made_by.flatten() {
            Some(major) => installations.for_data(&data_folder, &major)?,
            None => installations.preferred()?,
        };
        account.check_reach(&installation.program("postgres"))?;
        run_folder.hand_over(&account)?;

        let task = Task {
            installation,
            account: &account,
            durability,
            settings: settings(
                durability,
                &options.settings,
                run_folder.path(),
                options.loopback_port,
            ),
            run_folder: run_folder.path(),
            data_folder: &data_folder,
        };
        let keeper = Keeper::start(task, log_writer)?;
        let mut server = Self {
            keeper,
            run_folder,
            kept_folder,
            log,
            data_folder,
            port: options.loopback_port.unwrap_or(PORT),
            database,
            version: installation.version().to_owned(),
            process_id: 0,
        };
        server.process_id = server.await_database(options.startup_timeout)?;
        tracing::debug!(
            server.version,
            server.process_id,
            server.data_folder = %server.data_folder.display(),
            duration_ms = started.elapsed().as_millis(),
            "embedded PostgreSQL server accepts connections"
        );
        Ok(server)
    }

    /// The folder of the server's socket: the host to connect to.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.run_folder.path()
    }

    /// The port to connect to, which on a Unix socket is merely part of its name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The user to connect as: the superuser, without a password.
    #[must_use]
    pub fn user(&self) -> &str {
        USER
    }

    /// The database that was found or created.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// All of the above, in the `host='…' port=…` form that libpq and `tokio-postgres` read.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!(
            "host={} port={} user={} dbname={}",
            quoted(&self.socket_folder().to_string_lossy()),
            self.port,
            quoted(USER),
            quoted(&self.database)
        )
    }

    /// PostgreSQL's own data folder.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        &self.data_folder
    }

    /// The server's log.
    #[must_use]
    pub fn log_path(&self) -> &Path {
        self.log.path()
    }

    /// The server's main process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// The version of PostgreSQL, such as `17.2`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the server still runs: it may crash, or be stopped by somebody else.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.keeper.ended(), Ok(None))
    }

    /// Stops the server and waits until it is down; open sessions are ended, not waited for.
    ///
    /// # Errors
    /// [`Error::Stop`] if it had crashed before or did not shut down cleanly, [`Error::Io`] if that
    /// could not be learnt.
    pub fn stop(self) -> Result<(), Error> {
        let status = self.keeper.stop()?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Stop {
            status,
            log: self.remaining_log(),
            excerpt: self.log.excerpt(),
        })
    }

    /// Waits until the server accepts connections and has the database; returns its process id.
    fn await_database(&self, timeout: Duration) -> Result<u32, Error> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.keeper.ended()? {
                return Err(Error::Start {
                    status,
                    log: self.remaining_log(),
                    excerpt: self.log.excerpt(),
                });
            }
            let remaining = timeout.saturating_sub(started.elapsed());
            match self.try_database(remaining) {
                Ok(process_id) => return Ok(process_id),
                Err(Refusal::NotYet) => {}
                Err(Refusal::Other(message)) => {
                    return Err(Error::Database {
                        database: self.database.clone(),
                        message,
                    });
                }
                Err(Refusal::Io(error)) => {
                    return Err(Error::io("connect to", &self.run_folder.socket(self.port))(
                        error,
                    ));
                }
            }
            if remaining.is_zero() {
                return Err(Error::StartTimeout {
                    seconds: timeout.as_secs(),
                    log: self.remaining_log(),
                    excerpt: self.log.excerpt(),
                });
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn try_database(&self, timeout: Duration) -> Result<u32, Refusal> {
        // Its own word first: each connection that comes too early is an error in its log.
        let status = ServerStatus::read(&self.data_folder)
            .filter(|status| status.ready)
            .ok_or(Refusal::NotYet)?;
        let socket = self.run_folder.socket(self.port);
        Session::open(&socket, USER, MAINTENANCE_DATABASE, timeout)?
            .ensure_database(&self.database)?;
        Ok(status.process_id)
    }

    /// The log's path, if the log is still there once the server has ended.
    fn remaining_log(&self) -> Option<PathBuf> {
        let kept = self.kept_folder.as_ref();
        kept.map(|_| self.log.path().to_owned())
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_values_survive_spaces_and_quotes() {
        assert_eq!(quoted(r"it's a\b"), r"'it\'s a\\b'");
    }
}
