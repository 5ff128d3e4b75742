//! Arguments of `cusip files`.

use clap::Args;
use cusip_config::FileSettings;
use cusip_pif::Date;

const AFTER_HELP: &str = "Examples:
  cusip files --date 2024-01-15 --file-dir /data/cusip
  cusip files --date 2024-01-15 --s3-bucket cusip-files

Exit codes:
  0  all three files exist
  4  a file is missing";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct FilesArguments {
    /// Day whose files to list, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Date,

    #[command(flatten)]
    pub(crate) files: FileSettings,
}
