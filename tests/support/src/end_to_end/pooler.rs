//! PgBouncer, a connection pooler, between our programs and a server.

use std::fs;

use super::pooler_process::PoolerProcess;
use crate::TestDatabase;

/// Only part of the name of the socket.
const PORT: u16 = 6432;

/// A running PgBouncer. It is killed when the test ends.
#[derive(Debug)]
pub struct Pooler(PoolerProcess);

impl Pooler {
    /// Starts PgBouncer in front of a database, with these settings of `pgbouncer.ini`.
    ///
    /// # Panics
    ///
    /// Panics if PgBouncer is not installed.
    #[must_use]
    pub fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self(PoolerProcess::start(
            "pgbouncer",
            PORT,
            database,
            |command, folder| {
                let mut text = format!(
                    "[databases]\n* = host={} port={} user={}\n[pgbouncer]\nunix_socket_dir = {}\n\
                 listen_port = {PORT}\nauth_type = any\nmax_client_conn = 1000\n",
                    database.socket_folder().display(),
                    database.port(),
                    database.user(),
                    folder.display(),
                );
                for (name, value) in settings {
                    text.push_str(&format!("{name} = {value}\n"));
                }
                let file = folder.join("pgbouncer.ini");
                fs::write(&file, text).expect("the folder is ours");
                command.arg(file);
            },
        ))
    }

    /// Returns the database as clients of the pooler reach it.
    #[must_use]
    pub const fn database(&self) -> &TestDatabase {
        &self.0.database
    }

    /// Returns what the pooler has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.0.running.messages()
    }
}
