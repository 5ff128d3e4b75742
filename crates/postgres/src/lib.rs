#![doc = include_str!("../README.md")]

mod database;
mod error;
mod ledger;
mod load;
mod lock;
mod schema;
mod security;
mod transaction;

pub use self::database::Database;
pub use self::error::Error;
pub use self::ledger::{
    FileEntry, FileId, FileOutcome, Job, JobEnd, JobFile, JobId, JobKind, LoadedDay, LoadedFile,
    LoggedReject, NewJob, RejectBuffer, RejectEntry, RejectLines, RejectLog, RowCounts, RunningJob,
};
pub use self::load::{
    Load, Merged, Orphan, OrphanLines, Orphans, RegisteredCode, RowBuffer, Staging,
};
pub use self::schema::{MigrationMode, SchemaMigration};
pub use self::security::{SearchHit, Security};
