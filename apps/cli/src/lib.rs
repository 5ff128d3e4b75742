//! The `cusip` command: load, check and look up CUSIP files and securities.
//!
//! Results go to standard output, messages and progress to standard error. Each subcommand has a file
//! in `command`; the modules beside it are what they share.

mod arguments;
mod command;
mod exit;
mod file_format;
mod objects;
mod output;
mod progress;
mod signals;

use std::process::ExitCode;

use clap::FromArgMatches as _;
use cusip_config::{read_dot_env, unknown_variables};

use crate::arguments::{Arguments, refuse_contradictions};
use crate::output::{Output, OutputFormat};

/// Returns the command line, from which man pages are made.
#[must_use]
pub fn command_line() -> clap::Command {
    arguments::command()
}

/// Runs the command line of the process.
#[must_use]
pub fn run() -> ExitCode {
    // clap reads the variables when the command is built, so `.env` comes first.
    let matches = read_dot_env().and_then(|()| cusip_config::matches(&command_line()));
    let matches = match matches {
        Ok(matches) => matches,
        Err(error) => return exit::code(Err(error.into()), &Output::new(OutputFormat::Text)),
    };
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Err(error) = refuse_contradictions(&matches) {
        error.exit();
    }
    let output = Output::new(arguments.output);
    let outcome = cusip_config::start_log(&arguments.log)
        .map_err(anyhow::Error::from)
        .map(|()| warn_of_unknown_variables())
        .and_then(|()| runtime())
        .and_then(|runtime| runtime.block_on(command::run(arguments.command, &output)));
    exit::code(outcome, &output)
}

fn warn_of_unknown_variables() {
    for unknown in unknown_variables() {
        tracing::warn!("{unknown}");
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}
