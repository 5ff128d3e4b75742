//! The `cusip` command: load, check and look up CUSIP files and securities.
//!
//! Data goes to standard output, messages and progress to standard error. Each subcommand has its
//! file in `command`; what they share stands beside it.

mod arguments;
mod command;
mod database;
mod exit;
mod log;
mod output;
mod progress;
mod signals;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::arguments::{Arguments, refuse_contradictions};
use crate::output::Output;

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let matches = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Err(error) = refuse_contradictions(&matches) {
        error.exit();
    }
    let output = Output::new(arguments.output);
    let outcome = log::start(&arguments.log)
        .and_then(|()| runtime())
        .and_then(|runtime| runtime.block_on(command::run(arguments.command, &output)));
    exit::code(outcome, &output)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}
