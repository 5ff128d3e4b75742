//! Arguments of `cusip search`.

use std::num::NonZeroU32;

use clap::Args;
use cusip_config::DatabaseSettings;

const AFTER_HELP: &str = "Examples:
  cusip search apple
  cusip search state of california water --limit 50";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SearchArguments {
    /// Words that must all be found in one place, or a CUSIP or ISIN
    #[arg(required = true, value_name = "TEXT")]
    pub(crate) text: Vec<String>,

    /// Maximum number of securities to show
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) limit: NonZeroU32,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
