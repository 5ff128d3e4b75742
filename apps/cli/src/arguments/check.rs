//! Arguments of `cusip check`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use cusip_config::LoadSettings;
use cusip_pif::FileKind;

const AFTER_HELP: &str = "Examples:
  cusip check CED01-15R.PIP CED01-15E.PIP CED01-15A.PIP
  gunzip -c issuers.gz | cusip check - --type issuer

Exit codes:
  0  no rejects, or not more than --max-rejects
  1  failed, or a file is truncated
  2  wrong usage
  3  rejects over the limit
  4  file not found";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CheckArguments {
    /// Files to check; `-` is standard input
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,

    /// Kind of all the files, whatever their names
    #[arg(long = "type", value_name = "KIND", value_parser = super::kind())]
    pub(crate) kind: Option<FileKind>,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,
}
