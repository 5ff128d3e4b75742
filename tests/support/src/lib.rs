//! What the tests of several crates share: a real server and fresh databases.

mod database;

pub use self::database::TestDatabase;
