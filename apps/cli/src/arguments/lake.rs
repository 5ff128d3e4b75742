//! Arguments of `cusip lake`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use cusip_config::DatabaseSettings;

use super::OutputBucketArguments;

const AFTER_HELP: &str = "Examples:
  cusip lake sync --to lake
  cusip lake sync --to s3://analytics/cusip --snapshot-every 20
  cusip lake sync --to lake --verify

Exit codes:
  0  done
  1  failed, the lake is of another database, or --verify found differences
  2  wrong usage
  5  database not reachable or not migrated
  6  another sync is writing the same file";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LakeArguments {
    #[command(subcommand)]
    pub(crate) action: LakeAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LakeAction {
    /// Append what each load brought since the last sync. It is safe to repeat, also after a crash
    Sync(SyncArguments),
}

#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    /// Folder of the lake, created if needed; or `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "DEST", value_hint = ValueHint::DirPath)]
    pub(crate) to: PathBuf,

    /// Write all current records once so many loads have come since the last time; 0 for never
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) snapshot_every: u64,

    /// Afterwards, read the whole lake, and compare it with the database
    #[arg(long)]
    pub(crate) verify: bool,

    #[command(flatten)]
    pub(crate) bucket: OutputBucketArguments,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
