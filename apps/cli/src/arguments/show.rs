//! Arguments of `cusip show`.

use clap::Args;
use cusip_config::DatabaseSettings;
use cusip_pif::Cusip;

const AFTER_HELP: &str = "Examples:
  cusip show 037833100
  cusip show US0378331005 594918104 --output json

Exit codes:
  0  all found
  1  failed, or a security was not found";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ShowArguments {
    /// CUSIPs of 8 or 9 characters, or ISINs
    #[arg(required = true, value_name = "CUSIP")]
    pub(crate) cusip: Vec<Cusip>,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
