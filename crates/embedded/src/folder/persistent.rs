//! A folder that holds a server's data between runs.
//!
//! It contains `cusip-embedded.lock` (which also marks it as ours), what the users of a running server
//! share, `server.log` and `data`.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{self, Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{DATA_FOLDER, LOG_FILE, PRIVATE};
use crate::account::Account;
use crate::error::Error;
use crate::log::{Log, LogWriter, open_private};
use crate::status::ServerStatus;
use crate::users::{Joining, UserLock};

const LOCK_FILE: &str = "cusip-embedded.lock";
const USER_LOCK_FILE: &str = "users.lock";

const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// A shorter wait is not worth a message.
const QUIET: Duration = Duration::from_millis(500);

/// A folder that holds a server's data between runs.
#[derive(Debug)]
pub(crate) struct PersistentFolder {
    folder: PathBuf,
    account: Account,
}

/// What is going on in a folder.
#[derive(Debug)]
pub(crate) enum Found {
    /// No server is running. The log is locked for a new one.
    NoServer(LogWriter, Log),
    /// A server is running, and this process has become one of its users.
    Server(SharedServer),
}

/// A running server that another process started.
#[derive(Debug)]
pub(crate) struct SharedServer {
    pub(crate) socket_folder: PathBuf,
    pub(crate) port: u16,
    pub(crate) process_id: u32,
    /// Keeps the server running.
    _pipe: File,
}

impl PersistentFolder {
    /// Creates the folder, or checks that it is ours.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let folder = path::absolute(folder).map_err(Error::io("resolve", folder))?;
        let account = Account::for_folder(&folder)?;
        account.check_reach(&folder)?;
        prepare(&folder, &account)?;
        Ok(Self { folder, account })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn data_folder(&self) -> PathBuf {
        self.folder.join(DATA_FOLDER)
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.folder.join(LOG_FILE)
    }

    /// Locks the folder, so that only one process at a time starts a server in it or joins one.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let path = self.folder.join(LOCK_FILE);
        let mut options = OpenOptions::new();
        let file = open_private(options.read(true).write(true).create(true), &path)?;
        self.account.own_file(&file, &path)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            tracing::info!(
                folder = %self.folder.display(),
                "waiting for another command, which is starting the embedded server"
            );
        }
        file.lock().map_err(Error::io("lock", &path))?;
        Ok(file)
    }

    /// Takes the lock that the users of a running server share.
    pub(crate) fn user_lock(&self) -> Result<UserLock, Error> {
        UserLock::take(&self.folder.join(USER_LOCK_FILE), &self.account)
    }

    /// Joins the users of the running server, or returns the locked log if there is no server.
    ///
    /// Waits for a server that is shutting down: all its users may be dead already.
    pub(crate) fn find_server(&self, timeout: Duration) -> Result<Found, Error> {
        let path = self.log_path();
        let (writer, mut log) = Log::open(&path, &self.account)?;
        let started = Instant::now();
        let mut asked = None;
        let mut is_logged = false;
        loop {
            match writer.try_lock() {
                Ok(()) => {
                    log.begin(&writer)?;
                    return Ok(Found::NoServer(writer, log));
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
            }
            let status = ServerStatus::read(&self.data_folder());
            if let Some(status) = status.as_ref().filter(|status| status.ready) {
                let joining = asked.take();
                let joining = joining.or_else(|| Joining::ask(&self.folder, &status.socket_folder));
                match (joining, status.port) {
                    (Some(joining), Some(port)) if joining.is_confirmed() => {
                        return Ok(Found::Server(SharedServer {
                            socket_folder: status.socket_folder.clone(),
                            port,
                            process_id: status.process_id,
                            _pipe: joining.into_pipe(),
                        }));
                    }
                    (joining, _) => asked = joining,
                }
            }
            if started.elapsed() >= timeout {
                return Err(Error::StillRunning {
                    folder: self.folder.clone(),
                    process: status.map(|status| status.process_id),
                });
            }
            if !is_logged && started.elapsed() >= QUIET {
                tracing::info!(
                    folder = %self.folder.display(),
                    "waiting for the server of an earlier command to shut down"
                );
                is_logged = true;
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Waits until no process of the server is left. Returns whether it had shut down cleanly.
    pub(crate) fn wait_for_end(&self, timeout: Duration) -> Result<bool, Error> {
        let path = self.log_path();
        let (writer, _) = Log::open(&path, &self.account)?;
        let deadline = Instant::now() + timeout;
        while let Err(error) = writer.try_lock() {
            match error {
                TryLockError::WouldBlock if Instant::now() < deadline => {
                    thread::sleep(POLL_INTERVAL);
                }
                TryLockError::WouldBlock => return Ok(false),
                TryLockError::Error(error) => return Err(Error::io("lock", &path)(error)),
            }
        }
        Ok(ServerStatus::read(&self.data_folder()).is_none())
    }

    /// Returns the major version of PostgreSQL that created the data, if there is any.
    pub(crate) fn data_version(&self) -> Result<Option<String>, Error> {
        if !self.data_folder().exists() {
            return Ok(None);
        }
        let path = self.data_folder().join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        Ok(Some(text.trim().to_owned()))
    }
}

/// Creates a missing folder or takes an empty one. Returns an error if it is not ours.
fn prepare(folder: &Path, account: &Account) -> Result<(), Error> {
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            let has_contents = entries.next().is_some();
            if has_contents && !folder.join(LOCK_FILE).is_file() {
                return Err(Error::ForeignFolder {
                    folder: folder.to_owned(),
                });
            }
            if has_contents {
                return Ok(());
            }
            fs::set_permissions(folder, Permissions::from_mode(PRIVATE))
                .map_err(Error::io("set the permissions of", folder))?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => create(folder)?,
        Err(error) => return Err(Error::io("open", folder)(error)),
    }
    account.own_folder(folder)
}

fn create(folder: &Path) -> Result<(), Error> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    }
    match DirBuilder::new().mode(PRIVATE).create(folder) {
        // Another command has just created it. The lock decides between the two.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(Error::io("create", folder)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_folder_is_an_error_and_left_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "x").unwrap();
        let error = prepare(folder.path(), &Account::Caller).unwrap_err();
        assert!(matches!(error, Error::ForeignFolder { .. }), "{error:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn server_that_is_still_running_is_reported_with_its_process() {
        let folder = tempfile::tempdir().unwrap();
        let opened = PersistentFolder::open(folder.path()).unwrap();
        let still_running = File::create(folder.path().join(LOG_FILE)).unwrap();
        still_running.lock().unwrap();
        fs::create_dir(opened.data_folder()).unwrap();
        // Above the highest number that Linux gives a process.
        fs::write(opened.data_folder().join("postmaster.pid"), "4194305\n").unwrap();

        let error = opened.find_server(Duration::ZERO).unwrap_err();
        let expected = format!(
            "the server of an earlier command is still running in '{}' (process 4194305); ",
            folder.path().display()
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
        drop(still_running);
        opened.find_server(Duration::ZERO).unwrap();
    }

    #[test]
    fn new_folder_is_private() {
        let parent = tempfile::tempdir().unwrap();
        let created = parent.path().join("a/b");
        let found = parent.path().join("empty");
        fs::create_dir(&found).unwrap();
        for folder in [created, found] {
            prepare(&folder, &Account::Caller).unwrap();
            let mode = fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, PRIVATE, "{}", folder.display());
        }
    }
}
