//! A database server for one test, which may crash it.

use std::path::Path;

use cusip_embedded::{Server, ServerOptions};

use crate::binaries::with_binaries;
use crate::database::TestDatabase;

/// A server whose data stays in a folder, so that another one can continue with it.
///
/// The data survives a crash of the server, but not of the machine, because nothing is flushed to disk.
#[derive(Debug)]
pub struct TestServer {
    server: Server,
}

impl TestServer {
    /// Starts a server on a folder's data, or creates the data first.
    ///
    /// # Panics
    ///
    /// Panics if PostgreSQL is not installed or does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// Starts a server like [`start`](Self::start), with these settings of `postgresql.conf`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let options = with_binaries(ServerOptions::persistent(folder));
        Self::start_from(options, settings)
    }

    /// Starts a server like [`start_with`](Self::start_with), by the programs `initdb` and `postgres` in
    /// this folder.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_by(programs: &Path, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let options = ServerOptions::persistent(folder).binaries(programs);
        Self::start_from(options, settings)
    }

    fn start_from(options: ServerOptions, settings: &[(&str, &str)]) -> Self {
        let options = options
            .setting("fsync", "off")
            .setting("shared_buffers", "32MB");
        let options = (settings.iter()).fold(options, |options, (name, value)| {
            options.setting(*name, *value)
        });
        let server = Server::start(options).expect("PostgreSQL is installed and starts");
        Self { server }
    }

    /// Migrates the server's database, and returns it.
    ///
    /// # Panics
    ///
    /// Panics if the migrations fail.
    #[must_use]
    pub fn database(&self) -> TestDatabase {
        TestDatabase::migrated_on(&self.server)
    }

    /// Returns the server's database as it is.
    #[must_use]
    pub fn existing_database(&self) -> TestDatabase {
        TestDatabase::on(&self.server)
    }

    /// Stops the server, once its last transactions are on disk.
    ///
    /// # Panics
    ///
    /// Panics if it does not stop.
    pub fn stop(self) {
        self.server.stop().expect("the server stops");
    }

    /// Returns the id of the server's main process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.server.process_id()
    }

    /// Returns whether the server is running.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.server.is_running()
    }
}
