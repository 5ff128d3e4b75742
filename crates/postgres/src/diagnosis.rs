//! Finds out what a load needs from a database, without loading anything.

mod exposure;
mod job_log;
mod privilege;

pub use self::exposure::ExcessivePrivileges;
pub use self::job_log::{LoadLockState, LoadedKind};
pub use self::privilege::{MissingPrivileges, Purpose};
