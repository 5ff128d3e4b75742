//! A private server, from its start to its end.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::error::Error;
use crate::folder::{PersistentFolder, RunFolder};
use crate::installation::Installations;
use crate::log::Log;
use crate::options::{ServerOptions, Storage};
use crate::session::{SessionError, ensure_database};
use crate::settings::{Durability, PORT, USER, settings};
use crate::status::ServerStatus;
use crate::supervisor::{Launch, Supervisor};

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long to wait for the server of a killed command to shut down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// A running private server, which stops when this value is dropped or the process ends.
///
/// Dropping it closes open sessions and blocks until the server is down. A value that is never
/// dropped, such as one in a `static`, leaves nothing behind either.
#[derive(Debug)]
pub struct Server {
    // Dropped in this order: the server must be down before its folders and locks are released.
    supervisor: Supervisor,
    run_folder: RunFolder,
    persistent_folder: Option<PersistentFolder>,
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
    /// - [`Error::NotInstalled`], [`Error::InvalidBinaries`], [`Error::TooOld`] or
    ///   [`Error::OtherVersion`] if no suitable PostgreSQL is installed;
    /// - [`Error::InUse`], [`Error::StillRunning`] or [`Error::ForeignFolder`] if the data folder
    ///   cannot be used;
    /// - [`Error::Unreachable`] or [`Error::NoAccount`] if the caller is root and no other account
    ///   can run the server;
    /// - [`Error::Start`], [`Error::StartTimeout`] or [`Error::Database`] if the server failed; the
    ///   first two include the end of its log;
    /// - [`Error::DatabaseName`] if the database's name is invalid;
    /// - [`Error::Run`] or [`Error::Io`] if the operating system reported an error.
    pub fn start(options: ServerOptions) -> Result<Self, Error> {
        let database = options.database;
        if database.is_empty() || database.contains('\0') {
            return Err(Error::DatabaseName { name: database });
        }
        let started = Instant::now();
        // Before any folder is created, so that a failure leaves nothing behind.
        let installations = Installations::find(options.binaries.as_deref())?;
        installations.preferred()?;

        let persistent_folder = match options.storage {
            Storage::Persistent(folder) => Some(PersistentFolder::open(&folder)?),
            Storage::Temporary => None,
        };
        let account = match &persistent_folder {
            Some(folder) => folder.account().clone(),
            None => Account::for_new_data()?,
        };
        let run_folder = RunFolder::create(&account)?;
        let (durability, data_folder, (log_writer, log)) = match &persistent_folder {
            Some(folder) => (
                Durability::Persistent,
                folder.data_folder(),
                folder.open_log(SHUTDOWN_TIMEOUT)?,
            ),
            None => (
                Durability::Temporary,
                run_folder.data_folder(),
                run_folder.open_log(&account)?,
            ),
        };
        let data_version = match &persistent_folder {
            Some(folder) => folder.data_version()?,
            None => None,
        };
        let installation = match data_version {
            Some(major) => installations.for_data(&data_folder, &major)?,
            None => installations.preferred()?,
        };
        account.check_reach(&installation.program("postgres"))?;
        run_folder.hand_over(&account)?;

        let launch = Launch {
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
        let supervisor = Supervisor::start(launch, log_writer)?;
        let mut server = Self {
            supervisor,
            run_folder,
            persistent_folder,
            log,
            data_folder,
            port: options.loopback_port.unwrap_or(PORT),
            database,
            version: installation.version().to_owned(),
            process_id: 0,
        };
        server.process_id = server.wait_for_database(options.startup_timeout)?;
        tracing::debug!(
            server.version,
            server.process_id,
            server.data_folder = %server.data_folder.display(),
            duration_ms = started.elapsed().as_millis(),
            "the embedded PostgreSQL server accepts connections"
        );
        Ok(server)
    }

    /// Returns the folder of the server's socket, which is the host to connect to.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.run_folder.path()
    }

    /// Returns the port to connect to, which for a Unix socket is only part of its name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the user to connect as, a superuser without a password.
    #[must_use]
    pub fn user(&self) -> &str {
        USER
    }

    /// Returns the database's name.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Returns socket folder, port, user and database as a connection string (`host='…' port=…`) for
    /// libpq and `tokio-postgres`.
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

    /// Returns PostgreSQL's data folder.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        &self.data_folder
    }

    /// Returns the path of the server's log.
    #[must_use]
    pub fn log_path(&self) -> &Path {
        self.log.path()
    }

    /// Returns the id of the server's main process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// Returns the version of PostgreSQL, such as `17.2`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns whether the server is running. It may crash, or someone else may stop it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.supervisor.exit_status(), Ok(None))
    }

    /// Closes open sessions, stops the server and waits until it is down.
    ///
    /// # Errors
    /// [`Error::Stop`] if the server had crashed or did not shut down cleanly, [`Error::Io`] if its
    /// exit status is unknown.
    pub fn stop(self) -> Result<(), Error> {
        let status = self.supervisor.stop()?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Stop {
            status,
            log: self.remaining_log(),
            excerpt: self.log.excerpt(),
        })
    }

    /// Waits until the server accepts connections and has the database. Returns its process id.
    fn wait_for_database(&self, timeout: Duration) -> Result<u32, Error> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.supervisor.exit_status()? {
                return Err(Error::Start {
                    status,
                    log: self.remaining_log(),
                    excerpt: self.log.excerpt(),
                });
            }
            let remaining = timeout.saturating_sub(started.elapsed());
            match self.try_database(remaining) {
                Ok(process_id) => return Ok(process_id),
                Err(SessionError::NotReady) => {}
                Err(SessionError::Rejected(message)) => {
                    return Err(Error::Database {
                        database: self.database.clone(),
                        message,
                    });
                }
                Err(SessionError::Io(error)) => {
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

    fn try_database(&self, timeout: Duration) -> Result<u32, SessionError> {
        // Checks the status file first, because the server logs an early connection as an error.
        let status = ServerStatus::read(&self.data_folder)
            .filter(|status| status.ready)
            .ok_or(SessionError::NotReady)?;
        ensure_database(self.socket_folder(), self.port, &self.database, timeout)?;
        Ok(status.process_id)
    }

    /// Returns the log's path if the log stays after the server has ended.
    fn remaining_log(&self) -> Option<PathBuf> {
        let folder = self.persistent_folder.as_ref();
        folder.map(|_| self.log.path().to_owned())
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_values_are_quoted() {
        assert_eq!(quoted(r"it's a\b"), r"'it\'s a\\b'");
    }
}
