//! A private server, from its start to its end.

mod start;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};

use self::start::Started;
use crate::error::Error;
use crate::folder::{Found, PersistentFolder, SharedServer};
use crate::installation::Installations;
use crate::options::{ServerOptions, Storage};
use crate::session::{SessionError, ensure_database};
use crate::settings::USER;
use crate::users::UserLock;

/// How long to wait until a server without users has shut down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// One use of a running private server. It ends when this value is dropped or the process ends. The
/// server ends with its last use.
///
/// Dropping the last use closes open sessions and blocks until the server is down. A value that is
/// never dropped, such as one in a `static`, leaves nothing behind either.
#[derive(Debug)]
pub struct Server {
    /// `None` after this user has left.
    role: Option<Role>,
    folder: Option<PersistentFolder>,
    // Dropped last: others may start a server when the last user has left.
    user_lock: Option<UserLock>,
    socket_folder: PathBuf,
    data_folder: PathBuf,
    log_path: PathBuf,
    port: u16,
    database: String,
    version: String,
    process_id: u32,
}

/// How this process came to use the server.
#[derive(Debug)]
enum Role {
    Starter(Box<Started>),
    /// It joined a server that was running.
    Guest(SharedServer),
}

impl Server {
    /// Starts a server and waits until its database accepts connections. If another process runs a
    /// server in the same data folder, shares that one, with the settings that it was started with.
    ///
    /// # Errors
    /// - [`Error::NotInstalled`], [`Error::InvalidBinaries`], [`Error::TooOld`] or
    ///   [`Error::OtherVersion`] if no suitable PostgreSQL is installed;
    /// - [`Error::StillRunning`] or [`Error::ForeignFolder`] if the data folder cannot be used;
    /// - [`Error::Unreachable`] or [`Error::NoAccount`] if the caller is root and no other account
    ///   can run the server;
    /// - [`Error::Start`], [`Error::StartTimeout`] or [`Error::Database`] if the server failed; the
    ///   first two include the end of its log;
    /// - [`Error::DatabaseName`] if the database's name is invalid;
    /// - [`Error::Run`] or [`Error::Io`] if the operating system reported an error.
    pub fn start(options: ServerOptions) -> Result<Self, Error> {
        if options.database.is_empty() || options.database.contains('\0') {
            return Err(Error::DatabaseName {
                name: options.database,
            });
        }
        let began = Instant::now();
        // Before any folder is created, so that a failure leaves nothing behind.
        let installations = Installations::find(options.binaries.as_deref())?;
        installations.preferred()?;

        let server = match &options.storage {
            Storage::Temporary => Self::of_starter(
                Started::temporary(&installations, &options)?,
                None,
                &options,
            ),
            Storage::Persistent(folder) => {
                let folder = PersistentFolder::open(folder)?;
                let _lock = folder.lock()?;
                let user_lock = folder.user_lock()?;
                match folder.find_server(SHUTDOWN_TIMEOUT)? {
                    Found::NoServer(writer, log) => {
                        let started =
                            Started::in_folder(&folder, writer, log, &installations, &options)?;
                        Self::of_starter(started, Some((folder, user_lock)), &options)
                    }
                    Found::Server(shared) => Self::of_guest(shared, folder, user_lock, &options)?,
                }
            }
        };
        tracing::debug!(
            server.version,
            server.process_id,
            server.data_folder = %server.data_folder.display(),
            duration_ms = began.elapsed().as_millis(),
            "the embedded PostgreSQL server accepts connections"
        );
        Ok(server)
    }

    /// Returns the folder of the server's socket, which is the host to connect to.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        &self.socket_folder
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
        &self.log_path
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

    /// Returns whether another process had started the server.
    #[must_use]
    pub fn was_running(&self) -> bool {
        matches!(self.role, Some(Role::Guest(_)))
    }

    /// Returns whether the server is running. It may crash, or someone else may stop it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        match &self.role {
            Some(Role::Starter(started)) => started.is_running(),
            Some(Role::Guest(_)) => {
                let process = Pid::from_raw(self.process_id.cast_signed());
                process.is_some_and(|process| test_kill_process(process).is_ok())
            }
            None => false,
        }
    }

    /// Leaves the server. If it has no other users, closes open sessions, stops it, and waits until
    /// it is down.
    ///
    /// # Errors
    /// [`Error::Stop`] or [`Error::Ended`] if the server had crashed or did not shut down cleanly,
    /// [`Error::Io`] if the way it ended is unknown.
    pub fn stop(mut self) -> Result<(), Error> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), Error> {
        let is_last = self.user_lock.as_ref().is_none_or(UserLock::is_last);
        match (self.role.take(), &self.folder) {
            (Some(Role::Starter(started)), _) if is_last => started.stop(),
            (Some(Role::Starter(started)), _) => {
                started.leave();
                Ok(())
            }
            (Some(Role::Guest(shared)), Some(folder)) if is_last => {
                drop(shared);
                if folder.wait_for_end(SHUTDOWN_TIMEOUT)? {
                    return Ok(());
                }
                Err(Error::Ended {
                    log: folder.log_path(),
                })
            }
            _ => Ok(()),
        }
    }

    fn of_starter(
        started: Started,
        shared: Option<(PersistentFolder, UserLock)>,
        options: &ServerOptions,
    ) -> Self {
        let (folder, user_lock) = shared.unzip();
        Self {
            socket_folder: started.socket_folder().to_owned(),
            data_folder: started.data_folder.clone(),
            log_path: started.log_path().to_owned(),
            port: started.port,
            database: options.database.clone(),
            version: started.version.clone(),
            process_id: started.process_id,
            role: Some(Role::Starter(Box::new(started))),
            folder,
            user_lock,
        }
    }

    fn of_guest(
        shared: SharedServer,
        folder: PersistentFolder,
        user_lock: UserLock,
        options: &ServerOptions,
    ) -> Result<Self, Error> {
        let (socket_folder, port) = (shared.socket_folder.clone(), shared.port);
        let database = options.database.clone();
        let version = ensure_database(&socket_folder, port, &database, options.startup_timeout);
        let version = version.map_err(|error| match error {
            SessionError::Rejected(message) => Error::Database {
                database: database.clone(),
                message,
            },
            SessionError::Io(error) => Error::io("connect to", &socket_folder)(error),
            SessionError::NotReady => Error::StillRunning {
                folder: folder.path().to_owned(),
                process: Some(shared.process_id),
            },
        })?;
        Ok(Self {
            process_id: shared.process_id,
            role: Some(Role::Guest(shared)),
            data_folder: folder.data_folder(),
            log_path: folder.log_path(),
            folder: Some(folder),
            user_lock: Some(user_lock),
            socket_folder,
            port,
            database,
            version,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.leave() {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot stop the embedded server"
            );
        }
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
