//! Arguments of `cusip search`.

use std::num::NonZeroU32;

use clap::Args;
use cusip_config::{DatabaseSettings, whole_number};

const AFTER_HELP: &str = "Examples:
  cusip search apple
  cusip search berkshire cl b
  cusip search BRK.B --explain
  cusip search state of california water --limit 50 --output csv

Exit codes:
  0  found
  1  failed, or nothing was found";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SearchArguments {
    /// Words of issuer, issue, ticker and underwriter, which may be shortened, or an identifier
    #[arg(required = true, value_name = "TEXT")]
    pub(crate) text: Vec<String>,

    /// Maximum number of securities to show
    #[arg(long, value_name = "N", default_value = "20", value_parser = whole_number(NonZeroU32::MIN..=NonZeroU32::MAX))]
    pub(crate) limit: NonZeroU32,

    /// Show why each security was found, and where each word occurs
    #[arg(long)]
    pub(crate) explain: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
