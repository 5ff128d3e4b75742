//! Arguments of `cusip completions`.

use clap::Args;
use clap_complete::Shell;

const AFTER_HELP: &str = "Examples:
  source <(cusip completions bash)
  cusip completions fish > ~/.config/fish/completions/cusip.fish";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CompletionsArguments {
    /// Shell to print the script for
    pub(crate) shell: Shell,
}
