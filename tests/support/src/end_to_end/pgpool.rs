//! pgpool-II, a connection pooler, between our programs and a server.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use tempfile::TempDir;

use super::Running;
use crate::{Signal, TestDatabase, eventually};

/// Only part of the name of the socket.
const PORT: u16 = 9999;

/// A running pgpool. It is killed when the test ends.
#[derive(Debug)]
pub struct Pgpool {
    running: Running,
    database: TestDatabase,
    _folder: TempDir,
}

impl Pgpool {
    /// Starts pgpool in front of a database.
    ///
    /// # Panics
    ///
    /// Panics if pgpool is not installed.
    #[must_use]
    pub fn start(database: &TestDatabase) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path();
        // It runs as the server's user, who can enter the folder of the server's socket.
        let server = fs::metadata(database.socket_folder()).expect("the server runs");
        chown(path, Some(server.uid()), Some(server.gid())).expect("the folder is ours");
        let (here, user) = (path.display(), database.user());
        let text = format!(
            "backend_clustering_mode = 'streaming_replication'\nlisten_addresses = ''\n\
             port = {PORT}\nsocket_dir = '{here}'\npcp_listen_addresses = ''\n\
             pcp_socket_dir = '{here}'\nlogdir = '{here}'\npid_file_name = '{here}/pid'\n\
             backend_hostname0 = '{}'\nbackend_port0 = {}\nsr_check_user = '{user}'\n\
             sr_check_database = '{}'\nsr_check_period = 0\nnum_init_children = 8\n\
             max_pool = 1\n",
            database.socket_folder().display(),
            database.port(),
            database.name(),
        );
        let mut command = Command::new("pgpool");
        // Where Debian installs it, which only root has in the path.
        let mut programs = std::env::var_os("PATH").unwrap_or_default();
        programs.push(OsString::from(":/usr/sbin"));
        command.env("PATH", programs).arg("-n");
        for (option, name, content) in [
            ("-f", "pgpool.conf", text.as_str()),
            ("-F", "pcp.conf", ""),
            ("-a", "pool_hba.conf", ""),
        ] {
            let file = path.join(name);
            fs::write(&file, content).expect("the folder is ours");
            command.arg(option).arg(file);
        }
        command.uid(server.uid()).gid(server.gid());
        let mut running = Running::start_command(command);
        let socket = path.join(format!(".s.PGSQL.{PORT}"));
        eventually("pgpool listens", || {
            assert!(!running.has_ended(), "{}", running.messages());
            UnixStream::connect(&socket).is_ok()
        });
        Self {
            running,
            database: database.at(path, PORT),
            _folder: folder,
        }
    }

    /// Returns the database as clients of pgpool reach it.
    #[must_use]
    pub const fn database(&self) -> &TestDatabase {
        &self.database
    }
}

impl Drop for Pgpool {
    fn drop(&mut self) {
        // The processes that it forks would outlive it.
        self.running.signal_group(Signal::KILL);
    }
}
