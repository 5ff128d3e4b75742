//! The account that runs the server, which is never root.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, chown, fchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use rustix::process::geteuid;

use crate::error::Error;

/// The accounts that root runs the server as, in order of preference.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

const SHELL: &str = "/bin/sh";

/// Prints the first folder among its arguments that the account may not enter.
///
/// It runs under the account itself, because mode bits do not reflect access lists and security
/// modules.
const FIND_INACCESSIBLE: &str =
    r#"for folder do [ -x "$folder" ] || { printf %s "$folder"; exit 0; }; done"#;

/// Succeeds if files can be created and removed in the folder given as its argument.
const IS_WRITABLE: &str = r#"[ -w "$1" ] && [ -x "$1" ]"#;

/// The account that runs the server.
#[derive(Debug, Clone)]
pub(crate) enum Account {
    /// The caller's own account.
    Caller,
    /// An unprivileged account, if the caller is root.
    Unprivileged {
        /// The account as shown in error messages.
        name: String,
        uid: u32,
        gid: u32,
    },
}

impl Account {
    /// Returns the account for new data.
    pub(crate) fn for_new_data() -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self::Caller);
        }
        UNPRIVILEGED
            .into_iter()
            .find_map(look_up)
            .ok_or(Error::NoAccount)
    }

    /// Returns the account for a data folder. For root, it is the folder's owner, because PostgreSQL
    /// demands that server and data have the same owner.
    pub(crate) fn for_folder(folder: &Path) -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self::Caller);
        }
        match fs::metadata(folder) {
            Ok(metadata) if metadata.uid() != 0 => Ok(Self::Unprivileged {
                name: format!("uid {}", metadata.uid()),
                uid: metadata.uid(),
                gid: metadata.gid(),
            }),
            Ok(_) => Self::for_new_data(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::for_new_data(),
            Err(error) => Err(Error::io("inspect", folder)(error)),
        }
    }

    /// Returns the account's name for messages, unless it is the caller's own.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Caller => None,
            Self::Unprivileged { name, .. } => Some(name.clone()),
        }
    }

    /// Makes a command run as this account. The standard library also drops root's other groups.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Self::Unprivileged { uid, gid, .. } = *self {
            command.uid(uid).gid(gid);
        }
    }

    /// Makes this account the owner of a folder.
    pub(crate) fn own_folder(&self, folder: &Path) -> Result<(), Error> {
        match *self {
            Self::Caller => Ok(()),
            Self::Unprivileged { uid, gid, .. } => chown(folder, Some(uid), Some(gid))
                .map_err(Error::io("change the owner of", folder)),
        }
    }

    /// Makes this account the owner of an open file.
    pub(crate) fn own_file(&self, file: &File, path: &Path) -> Result<(), Error> {
        match *self {
            Self::Caller => Ok(()),
            Self::Unprivileged { uid, gid, .. } => {
                fchown(file, Some(uid), Some(gid)).map_err(Error::io("change the owner of", path))
            }
        }
    }

    /// Checks that this account may enter every existing folder above `path`.
    pub(crate) fn check_reach(&self, path: &Path) -> Result<(), Error> {
        let Self::Unprivileged { name, .. } = self else {
            return Ok(());
        };
        let above = path.ancestors().skip(1);
        let mut folders: Vec<_> = above.filter(|folder| folder.is_dir()).collect();
        folders.reverse();
        let output = self.run_script(FIND_INACCESSIBLE, &folders)?;
        if output.stdout.is_empty() {
            return Ok(());
        }
        Err(Error::Unreachable {
            account: name.clone(),
            folder: OsString::from_vec(output.stdout).into(),
            path: path.to_owned(),
        })
    }

    /// Returns whether this account may create and remove files in a folder.
    pub(crate) fn may_write(&self, folder: &Path) -> Result<bool, Error> {
        Ok(self.run_script(IS_WRITABLE, &[folder])?.status.success())
    }

    fn run_script(&self, script: &str, folders: &[&Path]) -> Result<Output, Error> {
        let mut command = Command::new(SHELL);
        command
            .args(["-c", script, SHELL])
            .args(folders)
            .current_dir("/");
        self.apply(&mut command);
        command.output().map_err(|source| Error::Run {
            program: SHELL.into(),
            account: self.name(),
            source,
        })
    }
}

fn look_up(name: &str) -> Option<Account> {
    // Uses `id` and not /etc/passwd, because accounts may come from a directory service.
    let id = |option| {
        let output = Command::new("id").args([option, name]).output().ok()?;
        str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
    };
    Some(Account::Unprivileged {
        name: format!("user '{name}'"),
        uid: id("-u")?,
        gid: id("-g")?,
    })
}
