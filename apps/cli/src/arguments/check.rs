//! Arguments of `cusip check`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use cusip_config::LoadSettings;
use cusip_pif::FileKind;

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Files to check; `-` is standard input
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,

    /// Kind of the files, if their names do not tell: `issuer`, `issue` or `issue_attr`
    #[arg(long = "type", value_name = "KIND")]
    pub(crate) kind: Option<FileKind>,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,
}
