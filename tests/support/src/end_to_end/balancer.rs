//! A load balancer, which sends connections to two servers in turn.

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

use tempfile::TempDir;

use super::front::pass_on;
use crate::TestDatabase;

/// Only part of the names of sockets.
const PORT: u16 = 6432;

/// A load balancer in front of two servers. Its threads end with the test's process.
#[derive(Debug)]
pub struct Balancer {
    database: TestDatabase,
    _folder: TempDir,
}

impl Balancer {
    /// Starts a balancer that sends every other connection to the second server, where the database
    /// has the same name.
    #[must_use]
    pub fn start(one: &TestDatabase, other: &TestDatabase) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let socket = folder.path().join(format!(".s.PGSQL.{PORT}"));
        let listener = UnixListener::bind(socket).expect("the folder is ours");
        let servers = [one, other].map(|database| {
            let name = format!(".s.PGSQL.{}", database.port());
            database.socket_folder().join(name)
        });
        thread::spawn(move || {
            for (client, server) in listener.incoming().zip(servers.iter().cycle()) {
                let client = client.expect("a client connects");
                connect(&client, server);
            }
        });
        Self {
            database: one.at(folder.path(), PORT),
            _folder: folder,
        }
    }

    /// Returns the database as clients of the balancer reach it.
    #[must_use]
    pub const fn database(&self) -> &TestDatabase {
        &self.database
    }
}

fn connect(client: &UnixStream, server: &Path) {
    let server = UnixStream::connect(server).expect("the server runs");
    // Either side may close the connection at any time.
    let _ = pass_on(&server, client, || true);
    let _ = pass_on(client, &server, || true);
}
