//! Arguments of `cusip synth`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use cusip_config::whole_number;
use cusip_pif::Date;

const AFTER_HELP: &str = "Examples:
  cusip synth /tmp/cusip --date 2024-01-15
  cusip synth /tmp/cusip --date 2024-01-16 --issuers 50000 --changed-per-mille 20
  cusip synth /tmp/cusip --date 2024-01-15 --days 20";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SynthArguments {
    /// Folder to write the files to; created if needed
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,

    /// Day of the files, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Date,

    /// Write this many business days that follow each other, from that day on
    ///
    /// Each has new and changed records compared with the day before, and its files are complete. File names have no year, so 250 days are the limit.
    #[arg(long, value_name = "N", value_parser = whole_number(1..=250_u16))]
    pub(crate) days: Option<u16>,

    /// Replace existing files of the day, which may be real ones
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Number of issuers
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = whole_number(0..=u32::MAX))]
    pub(crate) issuers: u32,

    /// Number of issues per issuer
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = whole_number(0..=u16::MAX))]
    pub(crate) issues_per_issuer: u16,

    /// Seed of the random contents; the same seed makes the same files
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole_number(0..=u64::MAX))]
    pub(crate) seed: u64,

    /// How many records per thousand to change, compared with the day without this option; with --days, on each day [default: 0; 20 with --days]
    #[arg(long, value_name = "N", value_parser = whole_number(0..=1_000_u16))]
    pub(crate) changed_per_mille: Option<u16>,
}
