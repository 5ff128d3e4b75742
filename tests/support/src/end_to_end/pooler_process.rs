//! The process of a connection pooler in front of a database, in a folder of its own.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::Running;
use crate::{TestDatabase, eventually};

/// A running pooler. It is killed when the test ends.
#[derive(Debug)]
pub(super) struct PoolerProcess {
    pub(super) running: Running,
    /// The database as clients of the pooler reach it.
    pub(super) database: TestDatabase,
    _folder: TempDir,
}

impl PoolerProcess {
    /// Starts a pooler whose socket, in its folder, has this port in its name. `configure` writes its files
    /// into that folder and adds its arguments.
    ///
    /// # Panics
    ///
    /// Panics if the pooler is not installed, or ends instead of listening.
    pub(super) fn start(
        program: &str,
        port: u16,
        database: &TestDatabase,
        configure: impl FnOnce(&mut Command, &Path),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path();
        // Root cannot run every pooler, so it runs as the server's user, who can enter the folder of the
        // server's socket.
        let server = fs::metadata(database.socket_folder()).expect("the server runs");
        chown(path, Some(server.uid()), Some(server.gid())).expect("the folder is ours");
        let mut command = Command::new(program);
        // Where Debian installs it, which only root has in the path.
        let mut programs = std::env::var_os("PATH").unwrap_or_default();
        programs.push(OsString::from(":/usr/sbin"));
        command
            .env("PATH", programs)
            .uid(server.uid())
            .gid(server.gid());
        configure(&mut command, path);
        let mut running = Running::start_command(command);
        let socket = path.join(format!(".s.PGSQL.{port}"));
        eventually("the pooler listens", || {
            assert!(!running.has_ended(), "{}", running.messages());
            UnixStream::connect(&socket).is_ok()
        });
        Self {
            running,
            database: database.at(path, port),
            _folder: folder,
        }
    }
}
