//! The lake: plain Parquet files with all versions of all records, and Delta logs over them.
//!
//! ```text
//! issuer/day=2024-01-15/job-7.parquet     versions that job 7 brought; likewise issue/, issue_attribute/
//! current/issuer/job-7.parquet            all records as job 7 left them, now and then
//! job/job-7.parquet                       all loads up to job 7
//! issuer/_delta_log/….json                a Delta log in each of these seven folders
//! manifest/….json                         for each load, which files and versions of tables belong to it
//! ```
//!
//! What is written for a load depends on nothing but the load, and no file is ever replaced: a sync that is
//! killed or runs twice writes the same files again, and takes those that are there. The manifest comes
//! last, so what it names is complete.

mod commit;
mod data_file;
mod log;
mod manifest;
mod sync;
mod table;
mod verify;

pub use self::sync::{AppendedLoad, LakeSync};
pub use self::verify::{LakeComparison, compare_lake};
