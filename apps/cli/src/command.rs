//! The subcommands.

mod changes;
mod check;
mod completions;
mod convert;
mod doctor;
mod export;
mod files;
mod history;
mod identifier_list;
mod jobs;
mod lake;
mod load;
mod migrate;
mod output_store;
mod record_change;
mod search;
mod show;
mod synth;

use std::io;
use std::path::Path;

use cusip_jobs::Requester;
use cusip_loader::Input;
use cusip_pif::{FileKind, InvalidFileName};

use crate::arguments::Command;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, OutputFormat};

const NO_ROWS: &str =
    "only show, search, history and changes print rows; use --output text or --output json";
const NO_PARQUET: &str = "only convert and export write Parquet; use another --output";
const STANDARD_INPUT: &str = "-";
/// The path that means standard output.
const STANDARD_OUTPUT: &str = "-";

/// Runs a subcommand.
pub(crate) async fn run(command: Command, output: &Output) -> anyhow::Result<ExitStatus> {
    let prints_rows = match &command {
        Command::Show(_) | Command::Search(_) | Command::Changes(_) => true,
        Command::History(arguments) => arguments.action.is_none(),
        _ => false,
    };
    let writes_files = matches!(command, Command::Convert(_) | Command::Export(_));
    if output.format() == OutputFormat::Parquet && !writes_files {
        return Err(UsageError(NO_PARQUET.to_owned()).into());
    }
    if output.format().is_of_rows() && !prints_rows && !writes_files {
        return Err(UsageError(NO_ROWS.to_owned()).into());
    }
    match command {
        Command::Load(arguments) => load::run(arguments, output).await,
        Command::Migrate(arguments) => migrate::run(&arguments, output).await,
        Command::Check(arguments) => check::run(&arguments, output).await,
        Command::Convert(arguments) => convert::run(&arguments, output).await,
        Command::Files(arguments) => files::run(arguments, output).await,
        Command::Doctor(arguments) => doctor::run(&arguments, output).await,
        Command::Show(arguments) => show::run(arguments, output).await,
        Command::Search(arguments) => search::run(&arguments, output).await,
        Command::Export(arguments) => export::run(&arguments, output).await,
        Command::Lake(arguments) => lake::run(&arguments, output).await,
        Command::History(arguments) => history::run(&arguments, output).await,
        Command::Changes(arguments) => changes::run(&arguments, output).await,
        Command::Jobs(arguments) => jobs::run(&arguments, output).await,
        Command::Synth(arguments) => synth::run(&arguments, output),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

/// Returns who asks for a job.
fn requester() -> Requester {
    cusip_config::requester("cli", env!("CARGO_PKG_VERSION"))
}

/// Opens a file that was named on the command line.
async fn input(path: &Path, kind: Option<FileKind>) -> anyhow::Result<Input> {
    let input = match (path == STANDARD_INPUT, kind) {
        (false, kind) => Input::from_path(path, kind).await,
        (true, Some(kind)) => Input::from_reader("standard input", io::stdin(), kind),
        (true, None) => Err(cusip_loader::Error::UnknownKind(InvalidFileName {
            name: "standard input".to_owned(),
        })),
    };
    Ok(input?)
}
