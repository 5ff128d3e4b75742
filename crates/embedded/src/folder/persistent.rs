//! A folder that holds a server's data between runs.
//!
//! It contains `cusip-embedded.lock` (which also marks it as ours), `server.log` and `data`.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{self, Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{DATA_FOLDER, LOG_FILE, PRIVATE};
use crate::account::Account;
use crate::error::Error;
use crate::log::{Log, LogWriter, open_private};
use crate::status::ServerStatus;

const LOCK_FILE: &str = "cusip-embedded.lock";

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A folder that holds a server's data between runs. It is locked while this value exists.
#[derive(Debug)]
pub(crate) struct PersistentFolder {
    folder: PathBuf,
    account: Account,
    _lock: File,
}

impl PersistentFolder {
    /// Creates the folder, or checks that it is ours, and locks it.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let folder = path::absolute(folder).map_err(Error::io("resolve", folder))?;
        let account = Account::for_folder(&folder)?;
        account.check_reach(&folder)?;
        prepare(&folder, &account)?;
        let lock = lock(&folder, &account)?;
        Ok(Self {
            folder,
            account,
            _lock: lock,
        })
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn data_folder(&self) -> PathBuf {
        self.folder.join(DATA_FOLDER)
    }

    /// Opens the log after the last process of an earlier server has released it.
    ///
    /// The folder's lock is free as soon as the earlier owner is dead, but its server may still be
    /// shutting down.
    pub(crate) fn open_log(&self, timeout: Duration) -> Result<(LogWriter, Log), Error> {
        let path = self.folder.join(LOG_FILE);
        let (writer, mut log) = Log::open(&path, &self.account)?;
        let deadline = Instant::now() + timeout;
        let mut is_logged = false;
        loop {
            match writer.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    if !is_logged {
                        tracing::info!(
                            folder = %self.folder.display(),
                            "waiting for the server of an earlier command to shut down"
                        );
                        is_logged = true;
                    }
                    thread::sleep(POLL_INTERVAL);
                }
                Err(TryLockError::WouldBlock) => {
                    let status = ServerStatus::read(&self.data_folder());
                    return Err(Error::StillRunning {
                        folder: self.folder.clone(),
                        process: status.map(|status| status.process_id),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
            }
        }
        log.begin(&writer)?;
        Ok((writer, log))
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

fn lock(folder: &Path, account: &Account) -> Result<File, Error> {
    let path = folder.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    let mut file = open_private(options.read(true).write(true).create(true), &path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let owner = io::read_to_string(&file).ok();
            return Err(Error::InUse {
                folder: folder.to_owned(),
                process: owner.and_then(|text| text.trim().parse().ok()),
            });
        }
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
    }
    account.own_file(&file, &path)?;
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(Error::io("write", &path))?;
    Ok(file)
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
        let folder_lock = PersistentFolder::open(folder.path()).unwrap();
        let still_running = File::create(folder.path().join(LOG_FILE)).unwrap();
        still_running.lock().unwrap();
        fs::create_dir(folder_lock.data_folder()).unwrap();
        fs::write(folder_lock.data_folder().join("postmaster.pid"), "4711\n").unwrap();

        let error = folder_lock.open_log(Duration::ZERO).unwrap_err();
        let expected = format!(
            "the server of an earlier command is still running in '{}' (process 4711); ",
            folder.path().display()
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
        drop(still_running);
        folder_lock.open_log(Duration::ZERO).unwrap();
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
