//! What the tests of several crates share: a real server, fresh databases, files.

mod database;
mod files;

pub use self::database::TestDatabase;
pub use self::files::{set_last_modified, write_file, write_synthetic_day};
