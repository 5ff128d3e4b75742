//! pgpool-II, a connection pooler, between our programs and a server.

use std::fs;

use super::pooler_process::PoolerProcess;
use crate::{Signal, TestDatabase};

/// Only part of the name of the socket.
const PORT: u16 = 9999;

/// A running pgpool. It is killed when the test ends.
#[derive(Debug)]
pub struct Pgpool(PoolerProcess);

impl Pgpool {
    /// Starts pgpool in front of a database.
    ///
    /// # Panics
    ///
    /// Panics if pgpool is not installed.
    #[must_use]
    pub fn start(database: &TestDatabase) -> Self {
        Self(PoolerProcess::start(
            "pgpool",
            PORT,
            database,
            |command, folder| {
                let (here, user) = (folder.display(), database.user());
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
                command.arg("-n");
                for (option, name, content) in [
                    ("-f", "pgpool.conf", text.as_str()),
                    ("-F", "pcp.conf", ""),
                    ("-a", "pool_hba.conf", ""),
                ] {
                    let file = folder.join(name);
                    fs::write(&file, content).expect("the folder is ours");
                    command.arg(option).arg(file);
                }
            },
        ))
    }

    /// Returns the database as clients of pgpool reach it.
    #[must_use]
    pub const fn database(&self) -> &TestDatabase {
        &self.0.database
    }
}

impl Drop for Pgpool {
    fn drop(&mut self) {
        // The processes that it forks would outlive it.
        self.0.running.signal_group(Signal::KILL);
    }
}
