//! Arguments of `cusip changes`.

use clap::Args;
use cusip_config::{DatabaseSettings, whole_number};
use cusip_jobs::AsOf;
use cusip_pif::Date;

const AFTER_HELP: &str = "Examples:
  cusip changes --date 2024-01-16
  cusip changes --date 2024-01-16 --output table
  cusip changes --since-job 41 --output ndjson
  cusip changes --from 2024-01-15 --to 2024-01-31 --output csv

As text, records and fields are counted. Every other format shows each change with its old and new values.

Exit codes:
  0  something changed
  1  failed, or nothing changed
  4  the day or the job was not loaded, or its history was pruned";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ChangesArguments {
    #[command(flatten)]
    pub(crate) range: RangeArguments,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

/// Which loads to show.
#[derive(Debug, Args)]
pub(crate) struct RangeArguments {
    #[command(flatten)]
    pub(crate) first: FirstArguments,

    /// Last state to show, in the same form; the current one without this option
    #[arg(long, value_name = "WHEN", requires = "from", conflicts_with_all = ["date", "since_job"])]
    pub(crate) to: Option<AsOf>,
}

/// Where to begin. An option of this struct must be given.
#[derive(Debug, Args)]
#[group(required = true)]
pub(crate) struct FirstArguments {
    /// Show what the loads of this day changed, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", conflicts_with_all = ["since_job", "from"])]
    pub(crate) date: Option<Date>,

    /// Show what the loads after this job changed; 0 for all loads
    #[arg(long, value_name = "N", value_parser = whole_number(0..=i64::MAX), conflicts_with = "from")]
    pub(crate) since_job: Option<i64>,

    /// Show what changed after the state as of a day, a time in UTC (2024-01-15T18:00:00Z) or a job (job:7)
    #[arg(long, value_name = "WHEN")]
    pub(crate) from: Option<AsOf>,
}
