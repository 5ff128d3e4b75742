//! Arguments of `cusip show`.

use clap::Args;
use cusip_config::DatabaseSettings;
use cusip_pif::Cusip;

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// CUSIPs of 8 or 9 characters, or ISINs
    #[arg(required = true, value_name = "CUSIP")]
    pub(crate) cusip: Vec<Cusip>,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
