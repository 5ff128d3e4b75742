//! PgBouncer, a connection pooler, between our programs and a server.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use tempfile::TempDir;

use super::Running;
use crate::{TestDatabase, eventually};

/// Only part of the name of the socket.
const PORT: u16 = 6432;

/// A running PgBouncer. It is killed when the test ends.
#[derive(Debug)]
pub struct Pooler {
    running: Running,
    database: TestDatabase,
    _folder: TempDir,
}

impl Pooler {
    /// Starts PgBouncer in front of a database, with these settings of `pgbouncer.ini`.
    ///
    /// # Panics
    ///
    /// Panics if PgBouncer is not installed.
    #[must_use]
    pub fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path();
        // Root cannot run it either, so it runs as the server's user, who can enter the folder of the
        // server's socket.
        let server = fs::metadata(database.socket_folder()).expect("the server runs");
        chown(path, Some(server.uid()), Some(server.gid())).expect("the folder is ours");
        let mut text = format!(
            "[databases]\n* = host={} port={} user={}\n[pgbouncer]\nunix_socket_dir = {}\n\
             listen_port = {PORT}\nauth_type = any\nmax_client_conn = 1000\n",
            database.socket_folder().display(),
            database.port(),
            database.user(),
            path.display(),
        );
        for (name, value) in settings {
            text.push_str(&format!("{name} = {value}\n"));
        }
        let file = path.join("pgbouncer.ini");
        fs::write(&file, text).expect("the folder is ours");
        let mut command = Command::new("pgbouncer");
        // Where Debian installs it, which only root has in the path.
        let mut programs = std::env::var_os("PATH").unwrap_or_default();
        programs.push(OsString::from(":/usr/sbin"));
        command
            .env("PATH", programs)
            .arg(&file)
            .uid(server.uid())
            .gid(server.gid());
        let mut running = Running::start_command(command);
        let socket = path.join(format!(".s.PGSQL.{PORT}"));
        eventually("PgBouncer listens", || {
            assert!(!running.has_ended(), "{}", running.messages());
            UnixStream::connect(&socket).is_ok()
        });
        Self {
            running,
            database: database.at(path, PORT),
            _folder: folder,
        }
    }

    /// Returns the database as clients of the pooler reach it.
    #[must_use]
    pub const fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Returns what the pooler has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.running.messages()
    }
}
