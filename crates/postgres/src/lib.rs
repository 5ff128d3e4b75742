#![doc = include_str!("../README.md")]

mod binary_copy;
mod connect;
mod credentials;
mod database;
mod diagnosis;
mod error;
mod ledger;
mod load;
mod lock;
mod schema;
mod security;
mod tls;
mod transaction;

pub use self::connect::ConnectOptions;
pub use self::credentials::{CredentialError, CredentialFuture, CredentialSource, Credentials};
pub use self::database::{Database, Encryption, PoolLimits, PoolState};
pub use self::diagnosis::{
    DiskUsage, HiddenSchema, HostAddresses, LoadLockState, LoadedKind, MissingPrivileges, Purpose,
    ServerState,
};
pub use self::error::Error;
pub use self::ledger::{
    CancelOutcome, FileEntry, FileId, FileOutcome, FileProgress, InvalidRejectPlace, Job, JobEnd,
    JobFile, JobFilter, JobId, JobKind, JobPhase, JobProgress, LoadedDay, LoadedFile, LoggedReject,
    NewJob, Progress, RejectBuffer, RejectEntry, RejectLines, RejectLog, RejectPlace, RowCounts,
    RunningJob,
};
pub use self::load::{
    Load, MasterRows, Merged, Orphan, OrphanLines, Orphans, RegisteredCode, RowBuffer, Staging,
};
pub use self::schema::{Migrated, MigrationMode, SchemaMigration, TakenOver};
pub use self::security::{SearchHit, Security};
pub use self::tls::{RootCertificates, SslMode, Tls, UnknownSslMode, Verification};
