//! Arguments of `cusip doctor`.

use clap::Args;
use cusip_config::{DatabaseSettings, FileSettings, LoadSettings};
use cusip_loader::LoadOptions;
use cusip_pif::Date;

use super::load::GuardArguments;

#[derive(Debug, Args)]
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
