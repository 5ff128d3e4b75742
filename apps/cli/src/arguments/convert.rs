//! Arguments of `cusip convert`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use cusip_config::LoadSettings;
use cusip_pif::FileKind;

const AFTER_HELP: &str = "Examples:
  cusip convert CED01-15R.PIP CED01-15E.PIP CED01-15A.PIP --output parquet --to day
  cusip convert CED01-15E.PIP --output csv --to - > issues.csv

Exit codes:
  0  no rejects, or not more than --max-rejects
  1  failed, or a file is truncated
  2  wrong usage
  3  rejects over the limit
  4  file not found";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ConvertArguments {
    /// Files to convert; `-` is standard input
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,

    /// Folder to write to, created if needed; `-` is standard output, for a single file
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) to: PathBuf,

    /// Kind of all the files, whatever their names
    #[arg(long = "type", value_name = "KIND", value_parser = super::kind())]
    pub(crate) kind: Option<FileKind>,

    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,
}
