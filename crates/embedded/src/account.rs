//! The account that the server runs as, which is never root.

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

/// In the order in which root hands the server to them.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

const SHELL: &str = "/bin/sh";

/// Prints the first of its arguments that may not be entered. Asks the kernel as the account
/// itself, which knows of access lists and security modules, where mode bits would not tell.
const FIND_CLOSED: &str =
    r#"for folder do [ -x "$folder" ] || { printf %s "$folder"; exit 0; }; done"#;

/// Whether its argument is a folder in which files can be made and removed.
const IS_OPEN: &str = r#"[ -w "$1" ] && [ -x "$1" ]"#;

/// Who runs the server.
#[derive(Debug, Clone)]
pub(crate) enum Account {
    /// The caller itself.
    Caller,
    /// Somebody whom root steps down to.
    Other {
        /// As error messages call it.
        name: String,
        uid: u32,
        gid: u32,
    },
}

impl Account {
    /// The account for data that nobody owns yet.
    pub(crate) fn of_caller() -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self::Caller);
        }
        UNPRIVILEGED
            .into_iter()
            .find_map(look_up)
            .ok_or(Error::NoAccount)
    }

    /// The account for a data folder: for root its owner, since PostgreSQL insists that server and
    /// data have the same one.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self::Caller);
        }
        match fs::metadata(folder) {
            Ok(metadata) if metadata.uid() != 0 => Ok(Self::Other {
                name: format!("uid {}", metadata.uid()),
                uid: metadata.uid(),
                gid: metadata.gid(),
            }),
            Ok(_) => Self::of_caller(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::of_caller(),
            Err(error) => Err(Error::io("look at", folder)(error)),
        }
    }

    /// The account's name in messages, if it is not the caller's own.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Caller => None,
            Self::Other { name, .. } => Some(name.clone()),
        }
    }

    /// Makes a command run as this account. The standard library drops root's other groups too.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Self::Other { uid, gid, .. } = *self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives a folder to this account.
    pub(crate) fn take_folder(&self, folder: &Path) -> Result<(), Error> {
        match *self {
            Self::Caller => Ok(()),
            Self::Other { uid, gid, .. } => chown(folder, Some(uid), Some(gid))
                .map_err(Error::io("change the owner of", folder)),
        }
    }

    /// Gives an open file to this account.
    pub(crate) fn take_file(&self, file: &File, path: &Path) -> Result<(), Error> {
        match *self {
            Self::Caller => Ok(()),
            Self::Other { uid, gid, .. } => {
                fchown(file, Some(uid), Some(gid)).map_err(Error::io("change the owner of", path))
            }
        }
    }

    /// Checks that this account may enter every folder above `path`, as far as they exist.
    pub(crate) fn check_reach(&self, path: &Path) -> Result<(), Error> {
        let Self::Other { name, .. } = self else {
            return Ok(());
        };
        let above = path.ancestors().skip(1);
        let mut folders: Vec<_> = above.filter(|folder| folder.is_dir()).collect();
        folders.reverse();
        let output = self.ask(FIND_CLOSED, &folders)?;
        if output.stdout.is_empty() {
            return Ok(());
        }
        Err(Error::Unreachable {
            account: name.clone(),
            folder: OsString::from_vec(output.stdout).into(),
            path: path.to_owned(),
        })
    }

    /// Whether this account may make and remove files in a folder.
    pub(crate) fn may_write(&self, folder: &Path) -> Result<bool, Error> {
        Ok(self.ask(IS_OPEN, &[folder])?.status.success())
    }

    fn ask(&self, script: &str, folders: &[&Path]) -> Result<Output, Error> {
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
    // `id` and not /etc/passwd: accounts may come from a directory service.
    let ask = |option| {
        let output = Command::new("id").args([option, name]).output().ok()?;
        str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
    };
    Some(Account::Other {
        name: format!("user '{name}'"),
        uid: ask("-u")?,
        gid: ask("-g")?,
    })
}
