//! The `cusip` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    cusip_cli::run()
}
