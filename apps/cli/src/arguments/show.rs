//! Arguments of `cusip show`.

use std::path::PathBuf;

use clap::Args;
use cusip_config::DatabaseSettings;
use cusip_jobs::AsOf;

const AFTER_HELP: &str = "Examples:
  cusip show 037833100
  cusip show US0378331005 594918104 --output json
  cusip show 037833100 --as-of 2024-01-15
  cusip show --file portfolio.txt --output csv > portfolio.csv

Exit codes:
  0  all found
  1  failed, or a security was not found
  4  the file does not exist, nothing was loaded by then, or the history was pruned";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ShowArguments {
    /// CUSIPs of 8 or 9 characters, or ISINs; from standard input if there are none
    #[arg(value_name = "ID", conflicts_with = "file")]
    pub(crate) identifiers: Vec<String>,

    /// File with the identifiers, separated by line ends, blanks or commas; - for standard input
    #[arg(long, value_name = "LIST", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// Show them as of a day, a time in UTC (2024-01-15T18:00:00Z) or a job (job:7)
    #[arg(long, value_name = "WHEN")]
    pub(crate) as_of: Option<AsOf>,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
