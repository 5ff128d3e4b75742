//! What can go wrong with a private server, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::configuration::{BINARIES_VARIABLE, OLDEST_MAJOR};

const HOW_TO_INSTALL: &str = "`apt-get install postgresql` on Debian and Ubuntu, \
    `dnf install postgresql-server` on Fedora, `brew install postgresql@17` on macOS";

/// Why a private server could not be started, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No folder with the server's binaries was found.
    #[error(
        "no PostgreSQL server is installed: looked for `postgres` and `initdb` in {}; \
         install it ({HOW_TO_INSTALL}), or set {BINARIES_VARIABLE} to the folder that has them",
        list(.looked_in)
    )]
    NotInstalled {
        /// The folders, in the order in which they were tried.
        looked_in: Vec<PathBuf>,
    },

    /// `CUSIP_POSTGRES_BIN` names a folder that does not hold a working server.
    #[error(
        "{BINARIES_VARIABLE} is '{}', which has no working `postgres` and `initdb`; \
         set it to the folder that has them, or unset it to let them be looked for",
        .folder.display()
    )]
    BinariesVariable {
        /// The variable's value.
        folder: PathBuf,
    },

    /// The newest server on the machine is older than what the schema needs.
    #[error(
        "PostgreSQL {OLDEST_MAJOR} or newer is needed, but the newest found is {version} in '{}'; \
         install a newer one ({HOW_TO_INSTALL}), or set {BINARIES_VARIABLE} to its folder",
        .folder.display()
    )]
    TooOld {
        /// The version found.
        version: String,
        /// The folder of its binaries.
        folder: PathBuf,
    },

    /// The data folder was made by a major version of PostgreSQL that is not on the machine.
    #[error(
        "'{}' was made by PostgreSQL {made_by}, which cannot be found; there is {version} in '{}'; \
         install PostgreSQL {made_by}, choose another folder, or move the data with `pg_upgrade`",
        .data_folder.display(), .folder.display()
    )]
    OtherVersion {
        /// The data folder.
        data_folder: PathBuf,
        /// The major version that made it.
        made_by: String,
        /// The version found instead.
        version: String,
        /// The folder of its binaries.
        folder: PathBuf,
    },

    /// The folder has contents that this crate did not put there.
    #[error(
        "'{}' is not empty and was not made by an embedded server; nothing in it was touched; \
         choose a folder that is empty or does not exist",
        .folder.display()
    )]
    ForeignFolder {
        /// The folder.
        folder: PathBuf,
    },

    /// Another command has a server running on the folder.
    #[error(
        "'{}' is in use by another command{}; \
         try again when it has ended, or choose another folder",
        .folder.display(), process_named(*.process)
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process that owns the running server, where it could be read.
        process: Option<u32>,
    },

    /// The command that started a server has ended, but its server has not.
    #[error(
        "the server of an earlier command still runs in '{}'{}; \
         stop it with `kill -INT` and its process id, then try again",
        .folder.display(), process_named(*.process)
    )]
    LeftRunning {
        /// The folder.
        folder: PathBuf,
        /// The server's process, where it could be read.
        process: Option<u32>,
    },

    /// The caller is root, and the account that the server runs as may not enter a folder.
    #[error(
        "PostgreSQL does not run as root and is started as {account}, which may not enter '{}' \
         and so cannot use '{}'; choose a place below a folder open to all, or `chmod o+x '{}'`",
        .folder.display(), .path.display(), .folder.display()
    )]
    Unreachable {
        /// The account, as `user 'postgres'` or `uid 1000`.
        account: String,
        /// The folder it may not enter.
        folder: PathBuf,
        /// What it needs to reach.
        path: PathBuf,
    },

    /// The caller is root, and there is no unprivileged account to run the server as.
    #[error(
        "PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody' \
         to run it as; create one, or run as an ordinary user"
    )]
    NoAccount,

    /// The user has no home folder to keep data in.
    #[error("there is no home folder to keep the data in: set HOME, or name a data folder")]
    NoHomeFolder,

    /// The database's name cannot be used.
    #[error("database name {name:?} is empty or holds a zero byte")]
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
        /// How it ended.
        status: ExitStatus,
        /// The log, unless the server was temporary and took it along.
        log: Option<PathBuf>,
        /// The log's last lines.
        excerpt: String,
    },

    /// The server ran but did not accept connections in time.
    #[error(
        "the server did not accept connections within {seconds} s and was stopped; \
         its log{} ends with:\n{excerpt}",
        path_of(.log.as_deref())
    )]
    StartTimeout {
        /// The time it was given.
        seconds: u64,
        /// The log, unless the server was temporary and took it along.
        log: Option<PathBuf>,
        /// The log's last lines.
        excerpt: String,
    },

    /// The server refused the session that checks for the database, or refused to create it.
    #[error("the server refused to open or create database '{database}': {message}")]
    Database {
        /// The database.
        database: String,
        /// The server's message, with its SQLSTATE.
        message: String,
    },

    /// The server had ended by itself, or did not shut down cleanly.
    #[error(
        "the server did not shut down cleanly ({status}); its log{} ends with:\n{excerpt}",
        path_of(.log.as_deref())
    )]
    Stop {
        /// How it ended.
        status: ExitStatus,
        /// The log, unless the server was temporary and took it along.
        log: Option<PathBuf>,
        /// The log's last lines.
        excerpt: String,
    },

    /// A program could not be run.
    #[error("cannot run '{}'{}", .program.display(), as_account(.account.as_deref()))]
    Run {
        /// The program.
        program: PathBuf,
        /// The account it was to run as, if not the caller's.
        account: Option<String>,
        /// The cause.
        source: io::Error,
    },

    /// A file or folder could not be used.
    #[error("cannot {action} '{}'", .path.display())]
    Io {
        /// What was tried, such as `create` or `lock`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The cause.
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
