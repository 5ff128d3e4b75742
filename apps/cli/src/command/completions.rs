//! `cusip completions`: a completion script for a shell.

use std::io;

use clap::{Command, ValueHint};

use crate::arguments::{CompletionsArguments, command};
use crate::exit::ExitStatus;

pub(super) fn run(arguments: &CompletionsArguments) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut without_file_names(command()),
        "cusip",
        &mut script,
    );
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(ExitStatus::Done)
}

/// Marks values of unknown form, which shells would otherwise complete with file names.
fn without_file_names(command: Command) -> Command {
    command
        .mut_args(|argument| match argument.get_value_hint() {
            ValueHint::Unknown if argument.get_action().takes_values() => {
                argument.value_hint(ValueHint::Other)
            }
            _ => argument,
        })
        .mut_subcommands(without_file_names)
}
