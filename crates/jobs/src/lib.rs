#![doc = include_str!("../README.md")]

mod as_of;
mod change;
mod error_chain;
mod file;
mod id;
mod job;
mod load_option;
mod load_report;
mod ndjson;
mod phase;
mod reject;
mod reject_group;
mod reject_limit;
mod request;
mod row_counts;
mod security;
mod status;
mod wire;

pub use self::as_of::{AsOf, InvalidAsOf, State};
pub use self::change::{
    ChangeCount, ChangeCursor, ChangeKind, FieldChange, InvalidChangeCursor, RecordChange,
};
pub use self::error_chain::error_chain;
pub use self::file::FileOutcome;
pub use self::id::{FileId, JobId};
pub use self::job::{Job, JobDocument, JobProgress};
pub use self::load_option::LoadOption;
pub use self::load_report::LoadReport;
pub use self::ndjson::remove_nulls;
pub use self::phase::JobPhase;
pub use self::reject::{InvalidRejectCursor, Reject, RejectCursor};
pub use self::reject_group::{RejectGroup, RejectGroups};
pub use self::reject_limit::{InvalidRejectLimit, RejectLimit};
pub use self::request::{Caller, JobKind, NewJob, Requester};
pub use self::row_counts::RowCounts;
pub use self::security::{SearchHit, Security};
pub use self::status::{FileStatus, JobStatus};
pub use self::wire::UnknownName;
