//! What the tests of several crates share: a real server, fresh databases, files.

mod database;
mod files;
mod network_server;

pub use self::database::TestDatabase;
pub use self::files::{set_last_modified, write_file, write_synthetic_day};
pub use self::network_server::{Authority, NetworkServer};
