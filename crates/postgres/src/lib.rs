#![doc = include_str!("../README.md")]

mod binary_copy;
mod database;
mod diagnosis;
mod error;
mod job;
mod ledger;
mod load;
mod lock;
mod schema;
mod security;

pub use self::database::Database;
pub use self::diagnosis::{HiddenSchema, LoadLockState, LoadedKind, MissingPrivileges, Purpose};
pub use self::error::Error;
pub use self::job::{JobId, RunningJob};
pub use self::ledger::{
    CancelOutcome, FileEntry, FileId, FileOutcome, FileProgress, InvalidRejectPlace, Job, JobEnd,
    JobFile, JobFilter, JobKind, JobPhase, JobProgress, LoadedDay, LoadedFile, LoggedReject,
    NewJob, Progress, RejectBuffer, RejectEntry, RejectLines, RejectLog, RejectPlace, RowCounts,
};
pub use self::load::{
    Load, MasterRows, Merged, Orphan, OrphanLines, Orphans, RegisteredCode, RowBuffer, Staging,
};
pub use self::schema::{Migrated, MigrationMode, SchemaMigration, TakenOver};
pub use self::security::{SearchHit, Security};
