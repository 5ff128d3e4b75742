//! Arguments of `cusip jobs`.

use std::path::PathBuf;

use clap::{Args, ValueHint, value_parser};
use cusip_config::DatabaseSettings;
use cusip_jobs::RejectCursor;

const AFTER_HELP: &str = "Examples:
  cusip jobs
  cusip jobs 42
  cusip jobs 42 --rejects rejects/";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct JobsArguments {
    /// Job to show; without it, jobs are listed, newest first
    pub(crate) id: Option<i64>,

    /// Maximum number of jobs, or of the job's rejects, to show
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
    pub(crate) limit: u32,

    /// List jobs that started before this one
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    pub(crate) before: Option<i64>,

    /// Show rejects of the job after this one, as FILE-LINE
    #[arg(
        long,
        value_name = "FILE-LINE",
        requires = "id",
        conflicts_with = "rejects"
    )]
    pub(crate) after: Option<RejectCursor>,

    /// Write all rejects of the job as PIF files to fix and load again: into the folder PATH (if it
    /// exists or ends with a slash), or to the file PATH
    #[arg(long, value_name = "PATH", requires = "id", value_hint = ValueHint::AnyPath)]
    pub(crate) rejects: Option<PathBuf>,

    /// Overwrite existing files
    #[arg(long, requires = "rejects")]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
