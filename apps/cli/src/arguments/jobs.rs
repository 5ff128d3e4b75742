//! Arguments of `cusip jobs`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueHint};
use cusip_config::{DatabaseSettings, whole_number};
use cusip_jobs::{JobKind, JobStatus, RejectCursor};
use cusip_pif::Date;

const AFTER_HELP: &str = "Examples:
  cusip jobs
  cusip jobs --status failed --date 2024-01-15
  cusip jobs 42
  cusip jobs 42 --watch
  cusip jobs 42 --rejects rejects/
  cusip jobs cancel 42
  cusip jobs prune --before 2023-01-01";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub(crate) struct JobsArguments {
    #[command(subcommand)]
    pub(crate) action: Option<JobsAction>,

    /// Job to show; without it, jobs are listed, newest first
    #[arg(value_parser = whole_number(1..=i64::MAX))]
    pub(crate) id: Option<i64>,

    /// Maximum number of jobs, or of the job's rejects, to show
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = whole_number(1..=u32::MAX))]
    pub(crate) limit: u32,

    /// Show the progress of the job until it ends, then its result; without ID, of the running job
    #[arg(long, conflicts_with_all = ["rejects", "after", "before", "status", "kind", "date"])]
    pub(crate) watch: bool,

    #[command(flatten)]
    pub(crate) list: ListArguments,

    /// Show rejects of the job after this one, as FILE-LINE
    #[arg(
        long,
        value_name = "FILE-LINE",
        requires = "id",
        conflicts_with = "rejects"
    )]
    pub(crate) after: Option<RejectCursor>,

    /// Write the rejects of the job as PIF files to fix and load again: into the folder PATH (if it
    /// exists or ends with a slash), to the file PATH, or to standard output (`-`)
    #[arg(long, value_name = "PATH", requires = "id", value_hint = ValueHint::AnyPath)]
    pub(crate) rejects: Option<PathBuf>,

    /// Overwrite existing files
    #[arg(long, requires = "rejects")]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

/// Which jobs to list.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// List jobs that started before this one
    #[arg(long, value_name = "ID", conflicts_with = "id", value_parser = whole_number(1..=i64::MAX))]
    pub(crate) before: Option<i64>,

    /// List jobs with this status
    #[arg(long, conflicts_with = "id", value_parser = status())]
    pub(crate) status: Option<JobStatus>,

    /// List jobs of this kind
    #[arg(long, conflicts_with = "id", value_parser = kind())]
    pub(crate) kind: Option<JobKind>,

    /// List jobs that loaded this day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", conflicts_with = "id")]
    pub(crate) date: Option<Date>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsAction {
    /// Cancel a running job, wherever it runs: it is rolled back
    Cancel(CancelArguments),
    /// Delete the rejects of old jobs; jobs, files and their counts stay
    Prune(PruneArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    /// Job to cancel
    #[arg(value_parser = whole_number(1..=i64::MAX))]
    pub(crate) id: i64,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArguments {
    /// Delete the rejects of jobs that started before this day, UTC, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) before: Date,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

fn status() -> impl TypedValueParser<Value = JobStatus> {
    let names: Vec<_> = JobStatus::ALL.iter().map(|status| status.name()).collect();
    PossibleValuesParser::new(names).try_map(|name| name.parse::<JobStatus>())
}

fn kind() -> impl TypedValueParser<Value = JobKind> {
    let names: Vec<_> = JobKind::ALL.iter().map(|kind| kind.name()).collect();
    PossibleValuesParser::new(names).try_map(|name| name.parse::<JobKind>())
}
