//! `cusip completions`: a completion script for a shell.

use std::io;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::ExitStatus;

pub(super) fn run(arguments: &CompletionsArguments) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "cusip",
        &mut script,
    );
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(ExitStatus::Done)
}
