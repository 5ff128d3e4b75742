//! The processes that share a server. It ends when the last of them has left or died.
//!
//! Each user holds the write end of a named pipe whose read end the supervisor has: the supervisor
//! reads the end of the file when no user is left, however they ended. A user that leaves also checks,
//! by a lock that all of them share, whether it was the last one, and then waits until the server is
//! down.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::account::Account;
use crate::error::Error;
use crate::log::open_private;

const MAKE_PIPE: &str = "mkfifo";

/// The name of the pipe in the folder of a server.
pub(crate) const PIPE: &str = "users.pipe";

/// The supervisor confirms a user with a file in the run folder: this prefix and the user's process id.
const CONFIRMED: &str = "joined.";

/// Both ends of a new server's pipe.
#[derive(Debug)]
pub(crate) struct UserPipe {
    /// The supervisor's end.
    pub(crate) read: File,
    /// The end of the user that starts the server.
    pub(crate) write: File,
}

impl UserPipe {
    /// Creates the pipe in a folder that belongs to the server's account.
    pub(crate) fn create(folder: &Path, account: &Account) -> Result<Self, Error> {
        let path = folder.join(PIPE);
        match fs::remove_file(&path) {
            // The pipe of an earlier server.
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &path)(error));
            }
            _ => {}
        }
        make_pipe(&path, account)?;
        // Without O_NONBLOCK, each end would wait for the other one.
        let mut options = OpenOptions::new();
        let read = open(options.read(true), &path)?;
        let write = open(OpenOptions::new().write(true), &path)?;
        // The supervisor must wait for its users.
        fcntl_getfl(&read)
            .and_then(|flags| fcntl_setfl(&read, flags - OFlags::NONBLOCK))
            .map_err(|error| Error::io("open", &path)(error.into()))?;
        Ok(Self { read, write })
    }
}

/// A user that asks to share a running server.
///
/// The answer matters: the pipe may have been opened just after the supervisor had seen the last user
/// go.
#[derive(Debug)]
pub(crate) struct Joining {
    pipe: File,
    confirmation: PathBuf,
}

impl Joining {
    /// Asks the supervisor to let this process join. Returns `None` if no supervisor is running.
    pub(crate) fn ask(folder: &Path, run_folder: &Path) -> Option<Self> {
        let mut pipe = open(OpenOptions::new().write(true), &folder.join(PIPE)).ok()?;
        let process = process::id();
        let confirmation = run_folder.join(format!("{CONFIRMED}{process}"));
        let _ = fs::remove_file(&confirmation);
        writeln!(pipe, "{process}").ok()?;
        Some(Self { pipe, confirmation })
    }

    /// Returns whether the supervisor has confirmed the user.
    pub(crate) fn is_confirmed(&self) -> bool {
        fs::remove_file(&self.confirmation).is_ok()
    }

    /// Returns the end of the pipe that keeps the server running.
    pub(crate) fn into_pipe(self) -> File {
        self.pipe
    }
}

/// A lock that all users of a server share.
#[derive(Debug)]
pub(crate) struct UserLock {
    file: File,
}

impl UserLock {
    /// Takes the lock. Waits while the last user of a server waits for its end.
    pub(crate) fn take(path: &Path, account: &Account) -> Result<Self, Error> {
        let mut options = OpenOptions::new();
        let file = open_private(options.read(true).write(true).create(true), path)?;
        account.own_file(&file, path)?;
        file.lock_shared().map_err(Error::io("lock", path))?;
        Ok(Self { file })
    }

    /// Returns whether no other user is left. Then no one can join until the lock is dropped.
    pub(crate) fn is_last(&self) -> bool {
        !matches!(self.file.try_lock(), Err(TryLockError::WouldBlock))
    }
}

fn make_pipe(path: &Path, account: &Account) -> Result<(), Error> {
    let mut command = Command::new(MAKE_PIPE);
    command.args(["-m", "600"]).arg(path).current_dir("/");
    account.apply(&mut command);
    let output = command.output().map_err(|source| Error::Run {
        program: MAKE_PIPE.into(),
        account: account.name(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::io("create", path)(io::Error::other(message)))
}

fn open(options: &mut OpenOptions, path: &Path) -> Result<File, Error> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    options
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(Error::io("open", path))
}
