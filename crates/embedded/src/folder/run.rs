//! The folder of a running server, which is removed when the server stops.

use std::env;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{self, Path, PathBuf};

use tempfile::TempDir;

use super::{DATA_FOLDER, LOG_FILE, PRIVATE};
use crate::account::Account;
use crate::error::Error;
use crate::log::{Log, LogWriter};

/// macOS allows 104 bytes for a socket's path, including the final zero byte; Linux allows 108.
const LONGEST_SOCKET_PATH: usize = 103;

const PREFIX: &str = "cusip-";
const RANDOM_LENGTH: usize = 6;

/// A folder for the socket, and for the log and data of a temporary server.
///
/// Only the server's account can enter it. It is removed when the server stops.
#[derive(Debug)]
pub(crate) struct RunFolder {
    folder: TempDir,
}

impl RunFolder {
    pub(crate) fn create(account: &Account) -> Result<Self, Error> {
        let parent = parent_folder(&env::temp_dir(), account)?;
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(RANDOM_LENGTH)
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

    /// Opens the log of a temporary server.
    pub(crate) fn open_log(&self, account: &Account) -> Result<(LogWriter, Log), Error> {
        Log::open(&self.path().join(LOG_FILE), account)
    }

    /// Leaves the folder to the supervisor, which removes it when the server ends.
    pub(crate) fn keep(self) {
        let _ = self.folder.keep();
    }

    /// Gives the folder to the server's account. Root creates no more files in it afterwards.
    pub(crate) fn hand_over(&self, account: &Account) -> Result<(), Error> {
        account.own_folder(self.path())
    }
}

/// Returns the user's folder for temporary files, or `/tmp` if that folder cannot be used.
///
/// Its path may be too long for a socket, or the server's account, under which the supervisor runs,
/// may not remove folders from it.
fn parent_folder(preferred: &Path, account: &Account) -> Result<PathBuf, Error> {
    let preferred = path::absolute(preferred).map_err(Error::io("resolve", preferred))?;
    let below = 1 + PREFIX.len() + RANDOM_LENGTH + 1 + socket_name(u16::MAX).len();
    let fits = preferred.as_os_str().len() + below <= LONGEST_SOCKET_PATH;
    if fits && account.may_write(&preferred)? {
        return Ok(preferred);
    }
    let fallback = PathBuf::from("/tmp");
    account.check_reach(&fallback.join(PREFIX))?;
    Ok(fallback)
}

fn socket_name(port: u16) -> String {
    format!(".s.PGSQL.{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_folder_with_a_long_path_is_replaced_by_tmp() {
        let long = PathBuf::from("/").join("x".repeat(LONGEST_SOCKET_PATH));
        let parent = parent_folder(&long, &Account::Caller).unwrap();
        assert_eq!(parent, Path::new("/tmp"));
        let parent = parent_folder(Path::new("/var/tmp"), &Account::Caller).unwrap();
        assert_eq!(parent, Path::new("/var/tmp"));
    }
}
