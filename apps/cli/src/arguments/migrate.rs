//! Arguments of `cusip migrate`.

use clap::Args;
use cusip_config::DatabaseSettings;

const AFTER_HELP: &str = "Examples:
  cusip migrate --status
  cusip migrate --host db.example.com --user cusip_owner";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
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
