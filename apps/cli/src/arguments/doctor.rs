//! Arguments of `cusip doctor`.

use clap::Args;
use cusip_config::{DatabaseSettings, FileSettings, LoadSettings};
use cusip_loader::LoadOptions;
use cusip_pif::Date;

use super::load::GuardArguments;

const AFTER_HELP: &str = "Examples:
  cusip doctor
  cusip doctor --date 2024-01-15 --s3-bucket cusip-files --output json

The exit code is 0 if a load would work, otherwise the exit code of that load.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DoctorArguments {
    /// Day whose files to check, as YYYY-MM-DD [default: today; missing files are then warnings]
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Option<Date>,

    /// Full key of an object to check instead; repeat for more objects
    #[arg(long, value_name = "KEY", conflicts_with = "date")]
    pub(crate) s3_key: Vec<String>,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,

    #[command(flatten)]
    pub(crate) guards: GuardArguments,

    #[command(flatten)]
    pub(crate) files: FileSettings,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

impl DoctorArguments {
    /// Returns the options of the load to check.
    pub(crate) fn load_options(&self) -> LoadOptions {
        self.guards.applied_to(self.rules.options())
    }
}
