//! What a caller can choose about a private server.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::geteuid;

use crate::configuration::DATABASE;
use crate::error::Error;

/// Enough for the recovery of a full `max_wal_size` after a crash. A server that fails, as opposed
/// to one that takes long, is noticed at once and not only then.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(300);

const ROOT_DATA_FOLDER: &str = "/var/lib/cusip/embedded";

/// How to start a private server.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    pub(crate) storage: Storage,
    pub(crate) database: String,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) loopback_port: Option<u16>,
    pub(crate) startup_timeout: Duration,
}

impl ServerOptions {
    /// A server whose data is removed when it stops: quick to start, and not crash-safe.
    #[must_use]
    pub fn temporary() -> Self {
        Self::new(Storage::Temporary)
    }

    /// A server whose data stays in `folder`, as durable as PostgreSQL makes it.
    ///
    /// The folder is made if it does not exist. If it has contents, they must be those of an
    /// earlier server of this kind, made by the same major version of PostgreSQL.
    #[must_use]
    pub fn kept(folder: impl Into<PathBuf>) -> Self {
        Self::new(Storage::Kept(folder.into()))
    }

    /// The database that is created when it is missing, by default `cusip`.
    #[must_use]
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = name.into();
        self
    }

    /// A PostgreSQL setting for this start, which wins over `postgresql.conf`, `ALTER SYSTEM`, this
    /// crate's choice and an earlier call; but not over what the server's privacy rests on:
    /// `listen_addresses`, `port`, the socket's place and permissions, and where the log goes.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Also listens on this TCP port of 127.0.0.1, by default on no port at all.
    ///
    /// Every user of the machine can reach it, so `pg_hba.conf` in the data folder refuses all of
    /// them until it is edited. The port must be free; it names the Unix socket too.
    #[must_use]
    pub fn loopback_port(mut self, port: u16) -> Self {
        self.loopback_port = Some(port);
        self
    }

    /// How long the server may take until it accepts connections, by default five minutes.
    #[must_use]
    pub fn startup_timeout(mut self, timeout: Duration) -> Self {
        self.startup_timeout = timeout;
        self
    }

    fn new(storage: Storage) -> Self {
        Self {
            storage,
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
    Kept(PathBuf),
}

/// The folder where the applications keep a private server's data, unless told otherwise.
///
/// `/var/lib/cusip/embedded` for root; `~/Library/Application Support/cusip/embedded` on macOS;
/// else `$XDG_DATA_HOME/cusip/embedded`, which is `~/.local/share/cusip/embedded` by default.
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
        // The specification has relative values ignored.
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
    fn data_goes_below_the_xdg_folder_if_it_is_absolute_and_else_below_home() {
        let folder = |xdg: Option<&str>| {
            data_folder_of_user(Some("/home/ada".into()), xdg.map(OsString::from)).unwrap()
        };
        let in_home = PathBuf::from("/home/ada/.local/share/cusip/embedded");
        assert_eq!(folder(Some("/data")), PathBuf::from("/data/cusip/embedded"));
        assert_eq!(folder(Some("data")), in_home);
        assert_eq!(folder(None), in_home);
    }

    #[test]
    fn user_without_a_home_is_told_what_to_set() {
        let error = data_folder_of_user(None, None).unwrap_err();
        assert!(matches!(error, Error::NoHomeFolder), "{error:?}");
        assert!(error.to_string().contains("set HOME"), "{error}");
    }
}
