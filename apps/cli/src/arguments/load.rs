//! Arguments of `cusip load`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};
use cusip_config::{DatabaseSettings, FileSettings, LoadSettings, whole_number};
use cusip_loader::LoadOptions;
use cusip_pif::{Date, FileKind};

const AFTER_HELP: &str = "Examples:
  cusip load --date 2024-01-15 --file-dir /data/cusip
  cusip load --date 2024-01-15 --s3-bucket cusip-files --max-rejects 1%
  cusip load CED01-15R.PIP CED01-15E.PIP --dry-run

Exit codes:
  0  loaded, or already loaded before
  1  failed
  2  wrong usage
  3  rejects over the limit; nothing was loaded
  4  file or day not found
  5  database not reachable, read-only or not migrated
  6  another load is running
  7  not known whether the load succeeded; load again";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "date", "s3_key"])))]
pub(crate) struct LoadArguments {
    /// Files to load, in any order; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,

    /// Full key of an object to load from the bucket; repeat for more objects
    #[arg(long, value_name = "KEY")]
    pub(crate) s3_key: Vec<String>,

    /// Day to load from the folder or bucket, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Option<Date>,

    /// Kind of all the files, whatever their names
    #[arg(long = "type", value_name = "KIND", value_parser = super::kind(), conflicts_with = "date")]
    pub(crate) kind: Option<FileKind>,

    /// Do everything except the commit, and show the result
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,

    #[command(flatten)]
    pub(crate) guards: GuardArguments,

    #[command(flatten)]
    pub(crate) files: FileSettings,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

/// Options that turn off safety checks for a day's load. They do not apply to files loaded by name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Override the checks of a day's load")]
pub(crate) struct GuardArguments {
    /// Load the day's files that exist, even if some are missing
    #[arg(long)]
    pub(crate) allow_partial: bool,

    /// Load a day that is older than the newest loaded day; this may undo newer rows
    #[arg(long)]
    pub(crate) allow_older: bool,

    /// Accept files modified up to N days before or after the day (0: any number); names carry no
    /// year, so an older file is probably another year's
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = whole_number(0..=u32::MAX))]
    pub(crate) max_age_days: u32,

    /// Load files again that were already loaded for this day
    #[arg(long)]
    pub(crate) force: bool,
}

impl GuardArguments {
    pub(crate) fn applied_to(&self, options: LoadOptions) -> LoadOptions {
        LoadOptions {
            allow_partial: self.allow_partial,
            allow_older: self.allow_older,
            max_age_days: self.max_age_days,
            force: self.force,
            ..options
        }
    }
}
