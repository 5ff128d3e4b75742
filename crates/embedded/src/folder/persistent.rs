//! The folders of a server: where data is kept, and where it runs.
//!
//! A kept folder holds `cusip-embedded.lock` (whose presence marks it as ours), `server.log` and
//! `data`. A run folder holds the socket, and log and data as well if they are temporary.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{self, Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::account::Account;
use crate::error::Error;
use crate::log::{Log, LogWriter, open_private};

const LOCK_FILE: &str = "cusip-embedded.lock";
const LOG_FILE: &str = "server.log";
const DATA_FOLDER: &str = "data";

const PRIVATE: u32 = 0o700;

/// macOS allows 104 bytes for a socket's path with the zero at its end, Linux 108.
const LONGEST_SOCKET_PATH: usize = 103;

const RUN_FOLDER_PREFIX: &str = "cusip-";
const RUN_FOLDER_RANDOM: usize = 6;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A folder that keeps its data, locked against other commands while this value lives.
#[derive(Debug)]
pub(crate) struct KeptFolder {
    folder: PathBuf,
    account: Account,
    _lock: File,
}

impl KeptFolder {
    /// Makes the folder or checks that it is one of ours, and locks it.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let folder = path::absolute(folder).map_err(Error::io("resolve", folder))?;
        let account = Account::of_folder(&folder)?;
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

    /// Opens the log, once the last process of an earlier server has let go of it.
    ///
    /// Our own lock is free as soon as an earlier owner is dead; its server still shuts down then.
    pub(crate) fn open_log(&self, patience: Duration) -> Result<(LogWriter, Log), Error> {
        let path = self.folder.join(LOG_FILE);
        let (writer, mut log) = Log::open(&path, &self.account)?;
        let deadline = Instant::now() + patience;
        let mut told = false;
        loop {
            match writer.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    if !told {
                        tracing::info!(
                            folder = %self.folder.display(),
                            "the server of an earlier command shuts down; waiting for it"
                        );
                        told = true;
                    }
                    thread::sleep(POLL_INTERVAL);
                }
                Err(TryLockError::WouldBlock) => {
                    let status = ServerStatus::read(&self.data_folder());
                    return Err(Error::LeftRunning {
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

    /// The major version of PostgreSQL that made the data, if there is any.
    pub(crate) fn made_by(&self) -> Result<Option<String>, Error> {
        if !self.data_folder().exists() {
            return Ok(None);
        }
        let path = self.data_folder().join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        Ok(Some(text.trim().to_owned()))
    }
}

/// A folder in which only the server's account can see anything, gone when the server is.
#[derive(Debug)]
pub(crate) struct RunFolder {
    folder: TempDir,
}

impl RunFolder {
    pub(crate) fn create(account: &Account) -> Result<Self, Error> {
        let parent = parent_of_run_folders(&env::temp_dir(), account)?;
        let folder = tempfile::Builder::new()
            .prefix(RUN_FOLDER_PREFIX)
            .rand_bytes(RUN_FOLDER_RANDOM)
            .permissions(Permissions::from_mode(PRIVATE))
            .tempdir_in(&parent)
            .map_err(Error::io("create a folder in", &parent))?;
        Ok(Self { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn socket(&self, port: u16) -> PathBuf {
        self.path().join(socket_name(port))
    }

    pub(crate) fn data_folder(&self) -> PathBuf {
        self.path().join(DATA_FOLDER)
    }

    /// Opens the log of a server whose data is in here too.
    pub(crate) fn open_log(&self, account: &Account) -> Result<(LogWriter, Log), Error> {
        Log::open(&self.path().join(LOG_FILE), account)
    }

    /// Gives the folder to the server's account, after which root puts nothing more into it.
    pub(crate) fn hand_over(&self, account: &Account) -> Result<(), Error> {
        account.take_folder(self.path())
    }
}

/// What a running server notes about itself in its data folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerStatus {
    pub(crate) process_id: u32,
    /// Whether it accepts connections. One that was killed may have left this behind.
    pub(crate) ready: bool,
}

impl ServerStatus {
    /// See <https://www.postgresql.org/docs/current/storage-file-layout.html>.
    pub(crate) fn read(data_folder: &Path) -> Option<Self> {
        // The file holds the data folder's path, which need not be UTF-8.
        let bytes = fs::read(data_folder.join("postmaster.pid")).ok()?;
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim);
        Some(Self {
            process_id: lines.next()?.parse().ok()?,
            // The eighth and last line, which comes with the first change of state.
            ready: lines.nth(6) == Some("ready"),
        })
    }
}

/// Makes a folder ours if it is missing or empty, and refuses it if it is somebody else's.
fn prepare(folder: &Path, account: &Account) -> Result<(), Error> {
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            let in_use = entries.next().is_some();
            if in_use && !folder.join(LOCK_FILE).is_file() {
                return Err(Error::ForeignFolder {
                    folder: folder.to_owned(),
                });
            }
            if in_use {
                return Ok(());
            }
            fs::set_permissions(folder, Permissions::from_mode(PRIVATE))
                .map_err(Error::io("set the permissions of", folder))?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => create(folder)?,
        Err(error) => return Err(Error::io("open", folder)(error)),
    }
    account.take_folder(folder)
}

fn create(folder: &Path) -> Result<(), Error> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    }
    match DirBuilder::new().mode(PRIVATE).create(folder) {
        // Another command has made it in this moment; the lock decides between the two.
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
    account.take_file(&file, &path)?;
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(Error::io("write", &path))?;
    Ok(file)
}

/// The user's folder for temporary files; or `/tmp` if that one's path is too long for a socket, or
/// if the server's account, and so the keeper, could not remove the run folder from it.
fn parent_of_run_folders(preferred: &Path, account: &Account) -> Result<PathBuf, Error> {
    let preferred = path::absolute(preferred).map_err(Error::io("resolve", preferred))?;
    let below = 1 + RUN_FOLDER_PREFIX.len() + RUN_FOLDER_RANDOM + 1 + socket_name(u16::MAX).len();
    let fits = preferred.as_os_str().len() + below <= LONGEST_SOCKET_PATH;
    if fits && account.may_write(&preferred)? {
        return Ok(preferred);
    }
    let fallback = PathBuf::from("/tmp");
    account.check_reach(&fallback.join(RUN_FOLDER_PREFIX))?;
    Ok(fallback)
}

fn socket_name(port: u16) -> String {
    format!(".s.PGSQL.{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_path_for_temporary_files_gives_way_to_a_short_one() {
        let long = PathBuf::from("/").join("x".repeat(LONGEST_SOCKET_PATH));
        let parent = parent_of_run_folders(&long, &Account::Caller).unwrap();
        assert_eq!(parent, Path::new("/tmp"));
        let parent = parent_of_run_folders(Path::new("/var/tmp"), &Account::Caller).unwrap();
        assert_eq!(parent, Path::new("/var/tmp"));
    }

    #[test]
    fn folder_of_somebody_else_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "x").unwrap();
        let error = prepare(folder.path(), &Account::Caller).unwrap_err();
        assert!(matches!(error, Error::ForeignFolder { .. }), "{error:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn server_that_nobody_stopped_is_reported_with_its_process() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptFolder::open(folder.path()).unwrap();
        let left_running = File::create(folder.path().join(LOG_FILE)).unwrap();
        left_running.lock().unwrap();
        fs::create_dir(kept.data_folder()).unwrap();
        fs::write(kept.data_folder().join("postmaster.pid"), "4711\n").unwrap();

        let error = kept.open_log(Duration::ZERO).unwrap_err();
        let expected = format!(
            "the server of an earlier command still runs in '{}' (process 4711); ",
            folder.path().display()
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
        drop(left_running);
        kept.open_log(Duration::ZERO).unwrap();
    }

    #[test]
    fn server_is_ready_only_when_its_last_line_says_so() {
        let text = "4711\n/data\n1790000000\n5432\n/tmp/cusip-x\n\n  5 32768\n";
        for (status, ready) in [("", false), ("starting\n", false), ("ready   \n", true)] {
            let parsed = ServerStatus::parse(&format!("{text}{status}")).unwrap();
            assert_eq!(
                (parsed.process_id, parsed.ready),
                (4711, ready),
                "{status:?}"
            );
        }
        assert_eq!(ServerStatus::parse(""), None);
    }

    #[test]
    fn folder_is_private_from_its_making() {
        let parent = tempfile::tempdir().unwrap();
        let made = parent.path().join("a/b");
        let found = parent.path().join("empty");
        fs::create_dir(&found).unwrap();
        for folder in [made, found] {
            prepare(&folder, &Account::Caller).unwrap();
            let mode = fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, PRIVATE, "{}", folder.display());
        }
    }
}
