//! Arguments of `cusip history`.

use clap::{Args, Subcommand};
use cusip_config::DatabaseSettings;
use cusip_pif::Date;

const AFTER_HELP: &str = "Examples:
  cusip history 037833100
  cusip history US0378331005 --output csv
  cusip history prune --before 2023-01-01

Exit codes:
  0  done
  1  failed, or the security was not found";

#[derive(Debug, Args)]
#[command(
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct HistoryArguments {
    #[command(subcommand)]
    pub(crate) action: Option<HistoryAction>,

    /// CUSIP of 8 or 9 characters, or ISIN
    #[arg(value_name = "ID", required = true)]
    pub(crate) identifier: Option<String>,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryAction {
    /// Delete the versions that only states before a day need, to free space; it is logged as a job
    Prune(PruneHistoryArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PruneHistoryArguments {
    /// First day that can still be shown afterwards, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) before: Date,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
