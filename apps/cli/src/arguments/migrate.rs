//! Arguments of `cusip migrate`.

use clap::Args;
use cusip_config::DatabaseSettings;

#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    /// Run the pending migrations, then roll them back
    #[arg(long, conflicts_with = "status")]
    pub(crate) dry_run: bool,

    /// Only show which migrations were applied
    #[arg(long)]
    pub(crate) status: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}
