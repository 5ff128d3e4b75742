//! Settings for how strict a load is.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use cusip_jobs::RejectLimit;
use cusip_loader::LoadOptions;
use cusip_pif::CheckDigits;

/// How strict a load is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
#[non_exhaustive]
pub struct LoadSettings {
    /// How many rejects a load tolerates: a number, or a percentage of the records such as 0.5%
    #[arg(
        long,
        env = "CUSIP_MAX_REJECTS",
        allow_negative_numbers = true,
        value_name = "N|P%",
        default_value = "0"
    )]
    pub max_rejects: RejectLimit,

    /// What to do with an issue whose check digit is wrong
    #[arg(
        long,
        env = "CUSIP_CHECK_DIGITS",
        value_name = "WHAT",
        default_value = "reject",
        value_parser = check_digits()
    )]
    pub check_digits: CheckDigits,

    /// Load files without a trailer, which otherwise count as truncated
    #[arg(long)]
    pub allow_missing_trailer: bool,
}

impl LoadSettings {
    /// Returns the settings as options of the loader.
    #[must_use]
    pub fn options(&self) -> LoadOptions {
        LoadOptions {
            max_rejects: self.max_rejects,
            check_digits: self.check_digits,
            allow_missing_trailer: self.allow_missing_trailer,
            ..LoadOptions::default()
        }
    }
}

fn check_digits() -> impl TypedValueParser<Value = CheckDigits> {
    PossibleValuesParser::new(["reject", "warn"]).map(|word| match &*word {
        "warn" => CheckDigits::Warn,
        _ => CheckDigits::Reject,
    })
}
