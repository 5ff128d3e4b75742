//! Finds out what a load needs from a database, without loading anything.

mod job_log;
mod privilege;

pub use self::job_log::{LoadLockState, LoadedKind};
pub use self::privilege::{MissingPrivileges, Purpose};
