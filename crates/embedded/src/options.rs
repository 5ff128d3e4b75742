//! The options of a private server.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::geteuid;

use crate::error::Error;
use crate::settings::DATABASE;

/// Enough to recover a full `max_wal_size` after a crash. A server that fails to start is noticed
/// right away.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(300);

const ROOT_DATA_FOLDER: &str = "/var/lib/cusip/embedded";

/// How to start a private server.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    pub(crate) storage: Storage,
    pub(crate) binaries: Option<PathBuf>,
    pub(crate) database: String,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) loopback_port: Option<u16>,
    pub(crate) startup_timeout: Duration,
}

impl ServerOptions {
    /// A server whose data is removed when it stops. It starts quickly and is not crash-safe.
    #[must_use]
    pub fn temporary() -> Self {
        Self::new(Storage::Temporary)
    }

    /// A server whose data stays in `folder`, with PostgreSQL's full durability.
    ///
    /// The folder is created if it does not exist. If it has contents, they must come from an earlier
    /// server of this kind, created by a major version of PostgreSQL that is still installed.
    #[must_use]
    pub fn persistent(folder: impl Into<PathBuf>) -> Self {
        Self::new(Storage::Persistent(folder.into()))
    }

    /// Sets the folder of `postgres` and `initdb`. By default, the usual folders are searched.
    #[must_use]
    pub fn binaries(mut self, folder: impl Into<PathBuf>) -> Self {
        self.binaries = Some(folder.into());
        self
    }

    /// Sets the database's name, by default `cusip`. The database is created if it is missing.
    #[must_use]
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = name.into();
        self
    }

    /// Adds a PostgreSQL setting for this start.
    ///
    /// It overrides `postgresql.conf`, `ALTER SYSTEM`, this crate's default and an earlier call. It
    /// cannot override `listen_addresses`, `port`, the socket's folder and permissions, or the log's
    /// destination, because the server's privacy depends on them.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Also listens on this TCP port of 127.0.0.1. By default, the server listens on no port.
    ///
    /// All users of the machine can reach the port, so `pg_hba.conf` in the data folder rejects them
    /// until you edit it. The port must be free. It also becomes part of the Unix socket's name.
    #[must_use]
    pub fn loopback_port(mut self, port: u16) -> Self {
        self.loopback_port = Some(port);
        self
    }

    /// Sets how long the server may take to accept connections, by default five minutes.
    #[must_use]
    pub fn startup_timeout(mut self, timeout: Duration) -> Self {
        self.startup_timeout = timeout;
        self
    }

    fn new(storage: Storage) -> Self {
        Self {
            storage,
            binaries: None,
            database: DATABASE.to_owned(),
            settings: Vec::new(),
            loopback_port: None,
            startup_timeout: STARTUP_TIMEOUT,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Storage {
    Temporary,
    Persistent(PathBuf),
}

/// Returns the default data folder of a private server.
///
/// `/var/lib/cusip/embedded` for root; `~/Library/Application Support/cusip/embedded` on macOS;
/// otherwise `$XDG_DATA_HOME/cusip/embedded`, by default `~/.local/share/cusip/embedded`.
///
/// # Errors
/// [`Error::NoHomeFolder`] if an ordinary user has no home folder.
pub fn default_data_folder() -> Result<PathBuf, Error> {
    if geteuid().is_root() {
        return Ok(ROOT_DATA_FOLDER.into());
    }
    data_folder_of_user(env::home_dir(), env::var_os("XDG_DATA_HOME"))
}

fn data_folder_of_user(
    home: Option<PathBuf>,
    xdg_data_home: Option<OsString>,
) -> Result<PathBuf, Error> {
    let home = || {
        home.filter(|home| home.is_absolute())
            .ok_or(Error::NoHomeFolder)
    };
    let base = if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support")
    } else {
        // The XDG specification says to ignore relative paths.
        match xdg_data_home
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
        {
            Some(folder) => folder,
            None => home()?.join(".local/share"),
        }
    };
    Ok(base.join("cusip/embedded"))
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn data_folder_is_in_xdg_data_home_if_absolute_and_otherwise_in_home() {
        let folder = |xdg: Option<&str>| {
            data_folder_of_user(Some("/home/ada".into()), xdg.map(OsString::from)).unwrap()
        };
        let in_home = PathBuf::from("/home/ada/.local/share/cusip/embedded");
        assert_eq!(folder(Some("/data")), PathBuf::from("/data/cusip/embedded"));
        assert_eq!(folder(Some("data")), in_home);
        assert_eq!(folder(None), in_home);
    }

    #[test]
    fn missing_home_folder_is_an_error_that_names_home() {
        let error = data_folder_of_user(None, None).unwrap_err();
        assert!(matches!(error, Error::NoHomeFolder), "{error:?}");
        assert!(error.to_string().contains("set HOME"), "{error}");
    }
}
