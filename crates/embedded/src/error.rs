//! Why a private server failed, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::settings::OLDEST_MAJOR;

const HOW_TO_INSTALL: &str = "`apt-get install postgresql` on Debian and Ubuntu, \
    `dnf install postgresql-server` on Fedora, `brew install postgresql@17` on macOS";

/// Why a private server could not be started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL's server is not installed.
    #[error(
        "no PostgreSQL server is installed: looked for `postgres` and `initdb` in {}; \
         install it ({HOW_TO_INSTALL}), or name the folder that has them",
        list(.looked_in)
    )]
    NotInstalled {
        /// The folders, in search order.
        looked_in: Vec<PathBuf>,
    },

    /// The folder in [`ServerOptions::binaries`](crate::ServerOptions::binaries) has no server.
    #[error(
        "'{}' has no working `postgres` and `initdb`; name the folder that has them, or no folder \
         to search the usual ones",
        .folder.display()
    )]
    InvalidBinaries {
        /// The folder.
        folder: PathBuf,
    },

    /// The newest PostgreSQL installed is too old.
    #[error(
        "PostgreSQL {OLDEST_MAJOR} or newer is required, but the newest found is {version} in '{}'; \
         install a newer one ({HOW_TO_INSTALL}), or name its folder",
        .folder.display()
    )]
    TooOld {
        /// The version found.
        version: String,
        /// The folder that holds that version's binaries.
        folder: PathBuf,
    },

    /// The data folder needs a major version of PostgreSQL that is not installed.
    #[error(
        "'{}' was created by PostgreSQL {data_version}, but only {version} in '{}' was found; \
         install PostgreSQL {data_version}, choose another folder, or use `pg_upgrade`",
        .data_folder.display(), .folder.display()
    )]
    OtherVersion {
        /// The data folder.
        data_folder: PathBuf,
        /// The major version that created it.
        data_version: String,
        /// The version found instead.
        version: String,
        /// The folder that holds that version's binaries.
        folder: PathBuf,
    },

    /// The folder has contents, but this crate did not create them.
    #[error(
        "'{}' is not empty and was not created by an embedded server; \
         choose a folder that is empty or does not exist",
        .folder.display()
    )]
    ForeignFolder {
        /// The folder.
        folder: PathBuf,
    },

    /// The server of a command that ended is still running.
    #[error(
        "the server of an earlier command is still running in '{}'{}; \
         stop it with `kill -INT` and its process id, then try again",
        .folder.display(), process_named(*.process)
    )]
    StillRunning {
        /// The folder.
        folder: PathBuf,
        /// The server's process, if known.
        process: Option<u32>,
    },

    /// The caller is root, and the server's unprivileged account may not enter a folder.
    #[error(
        "PostgreSQL cannot run as root and would run as {account}, which cannot access '{}' \
         and so cannot use '{}'; choose a folder that everyone can enter, or `chmod o+x '{}'`",
        .folder.display(), .path.display(), .folder.display()
    )]
    Unreachable {
        /// The account, such as `user 'postgres'` or `uid 1000`.
        account: String,
        /// The folder that it may not enter.
        folder: PathBuf,
        /// The path that it needs.
        path: PathBuf,
    },

    /// The caller is root, and there is no unprivileged account to run the server.
    #[error(
        "PostgreSQL cannot run as root, and there is no user 'postgres' or 'nobody' to run it; \
         create one, or run as an ordinary user"
    )]
    NoAccount,

    /// The user has no home folder for the data.
    #[error(
        "cannot find your home folder, where the data would go; set HOME or specify a data folder"
    )]
    NoHomeFolder,

    /// The database's name is invalid.
    #[error("database name {name:?} is empty or contains a zero byte")]
    DatabaseName {
        /// The name.
        name: String,
    },

    /// The server ended before it accepted a connection.
    #[error(
        "the server ended while starting ({status}); its log{} ends with:\n{excerpt}",
        path_of(.log.as_deref())
    )]
    Start {
        /// The exit status.
        status: ExitStatus,
        /// The log, unless it was removed with a temporary server.
        log: Option<PathBuf>,
        /// The log's last lines.
        excerpt: String,
    },

    /// The server did not accept connections in time.
    #[error(
        "the server did not accept connections within {seconds} s and was stopped; \
         its log{} ends with:\n{excerpt}",
        path_of(.log.as_deref())
    )]
    StartTimeout {
        /// The time limit.
        seconds: u64,
        /// The log, unless it was removed with a temporary server.
        log: Option<PathBuf>,
        /// The log's last lines.
        excerpt: String,
    },

    /// The server rejected the login or failed to create the database.
    #[error("the server could not open or create database '{database}': {message}")]
    Database {
        /// The database.
        database: String,
        /// The server's message and its SQLSTATE.
        message: String,
    },

    /// The shared server ended uncleanly after this process, its last user, had left.
    #[error("the server did not shut down cleanly; its log is '{}'", .log.display())]
    Ended {
        /// The log.
        log: PathBuf,
    },

    /// The server crashed or did not shut down cleanly.
    #[error(
        "the server did not shut down cleanly ({status}); its log{} ends with:\n{excerpt}",
        path_of(.log.as_deref())
    )]
    Stop {
        /// The exit status.
        status: ExitStatus,
        /// The log, unless it was removed with a temporary server.
        log: Option<PathBuf>,
        /// The log's last lines.
        excerpt: String,
    },

    /// A program could not be started.
    #[error("cannot run '{}'{}", .program.display(), as_account(.account.as_deref()))]
    Run {
        /// The program.
        program: PathBuf,
        /// The account to run it, if not the caller's.
        account: Option<String>,
        /// The operating system's error.
        source: io::Error,
    },

    /// A file or folder could not be used.
    #[error("cannot {action} '{}'", .path.display())]
    Io {
        /// The action, such as `create` or `lock`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

fn list(folders: &[PathBuf]) -> String {
    let quoted: Vec<_> = folders
        .iter()
        .map(|folder| format!("'{}'", folder.display()))
        .collect();
    quoted.join(", ")
}

fn path_of(log: Option<&Path>) -> String {
    log.map_or_else(String::new, |path| format!(" '{}'", path.display()))
}

fn process_named(process: Option<u32>) -> String {
    process.map_or_else(String::new, |id| format!(" (process {id})"))
}

fn as_account(account: Option<&str>) -> String {
    account.map_or_else(String::new, |account| format!(" as {account}"))
}
