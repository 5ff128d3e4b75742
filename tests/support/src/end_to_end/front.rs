//! A socket in front of the test's server, for tests that disturb its connections.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tempfile::TempDir;

use crate::TestDatabase;

/// A socket in front of the test's server. Its threads end with the test's process.
///
/// It is a Unix socket, because the system buffers little for those, but megabytes for TCP.
#[derive(Debug)]
pub(super) struct Front {
    folder: TempDir,
    database: TestDatabase,
}

impl Front {
    /// Starts to listen. Each connection, with one to the server, is passed on in a thread of its own.
    pub(super) fn start(
        database: TestDatabase,
        pass: impl Fn(&UnixStream, &UnixStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let name = format!(".s.PGSQL.{}", database.port());
        let listener = UnixListener::bind(folder.path().join(&name)).expect("nobody else is there");
        let server = database.socket_folder().join(name);
        let pass = Arc::new(pass);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (pass, server) = (Arc::clone(&pass), server.clone());
                thread::spawn(move || pass(&client, &UnixStream::connect(server)?));
            }
        });
        Self { folder, database }
    }

    /// Returns the database behind the socket.
    pub(super) const fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Returns the options that connect through the socket.
    pub(super) fn arguments(&self) -> Vec<String> {
        let port = self.database.port();
        self.database.at(self.folder.path(), port).arguments()
    }
}

/// Passes bytes on in one direction, in a thread of its own, until a condition fails or either side
/// disconnects.
pub(super) fn pass_on(
    from: &UnixStream,
    to: &UnixStream,
    goes_on: impl Fn() -> bool + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
    Ok(thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            if !goes_on() || to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        // This fails if either side disconnects, which is fine.
        drop(to.shutdown(Shutdown::Both));
    }))
}
