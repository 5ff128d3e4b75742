#![doc = include_str!("../README.md")]

mod binary_copy;
mod database;
mod diagnosis;
mod error;
mod export;
mod history;
mod job_log;
mod load;
mod lock;
mod lock_holder;
mod lookup;
mod running_job;
mod schema;
mod search;
mod security_rows;
mod streamed_rows;
mod tables;

pub use self::database::Database;
pub use self::diagnosis::{
    ExcessivePrivileges, LoadLockState, LoadedKind, MissingPrivileges, Purpose,
};
pub use self::error::Error;
pub use self::export::{
    InvalidValue, Relation, RowFilter, Snapshot, TableColumn, TableRow, TableRows, UnknownRelation,
    Value, ValueType,
};
pub use self::history::{Changes, JobRange, PastLoad, PrunedHistory};
pub use self::job_log::{
    CancelOutcome, DayFile, FileProgress, FileRejects, JobEnd, JobFilter, LastLoad, LoadedDay,
    LoadedFile, ProgressUpdate, PrunedRejects, RejectLines,
};
pub use self::load::{
    CopyIn, CopyTarget, Load, LoadStrategy, MasterRows, MasterSize, Orphan, OrphanLines, Orphans,
    RowBuffer, Sink, TrialLoad, Written,
};
pub use self::lock_holder::LockHolder;
pub use self::lookup::Answers;
pub use self::running_job::RunningJob;
pub use self::schema::{MigrationMode, SchemaMigration, schema_version};
pub use self::security_rows::{
    ColumnType, SECURITY_COLUMNS, SecurityFilter, SecurityRow, SecurityRows,
};
pub use self::tables::{reference_table_of, table_of};
