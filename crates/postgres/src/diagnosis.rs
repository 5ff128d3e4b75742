//! What a load needs of a database, asked for without loading anything.

mod hidden_schema;
mod job_log;
mod privilege;

pub use self::hidden_schema::HiddenSchema;
pub use self::job_log::{LoadLockState, LoadedKind};
pub use self::privilege::{MissingPrivileges, Purpose};
