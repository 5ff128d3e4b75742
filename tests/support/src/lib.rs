//! What the tests of several crates share: a real server, fresh databases, files, processes.

mod database;
mod earlier_service;
mod files;
mod network_server;
mod process;
mod server;

pub use rustix::process::Signal;

pub use self::database::TestDatabase;
pub use self::earlier_service::{load_as_earlier_service, make_earlier_service};
pub use self::files::{set_last_modified, write_file, write_synthetic_day};
pub use self::network_server::{Authority, NetworkServer};
pub use self::process::{eventually, make_pipe, signal, signal_group};
pub use self::server::TestServer;
