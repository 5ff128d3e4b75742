//! A server of a test's own, which the test may bring down.

use std::path::Path;

use cusip_embedded::{Server, ServerOptions};

use crate::database::TestDatabase;

/// A server whose data stays in a folder, so that another one can go on with it.
///
/// It survives the crash of its processes, though not of the machine: it does not wait for the disk.
#[derive(Debug)]
pub struct TestServer {
    server: Server,
}

impl TestServer {
    /// Starts a server on the folder's data, or on none if the folder is not there.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed or does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let options = ServerOptions::kept(folder)
            .setting("fsync", "off")
            .setting("shared_buffers", "32MB");
        let server = Server::start(options).expect("PostgreSQL is installed and starts");
        Self { server }
    }

    /// Returns the server's one database, with the schema of this program.
    ///
    /// # Panics
    ///
    /// If the migrations cannot be run.
    #[must_use]
    pub fn database(&self) -> TestDatabase {
        TestDatabase::migrated_on(&self.server)
    }

    /// Returns the server's main process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.server.process_id()
    }

    /// Tells whether the server still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.server.is_running()
    }
}
