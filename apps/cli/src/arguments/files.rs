//! Arguments of `cusip files`.

use clap::Args;
use cusip_config::FileSettings;
use cusip_pif::Date;

#[derive(Debug, Args)]
pub(crate) struct FilesArguments {
    /// Day whose files to list, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Date,

    #[command(flatten)]
    pub(crate) files: FileSettings,
}
