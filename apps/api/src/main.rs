//! The HTTP API.

use std::process::ExitCode;

fn main() -> ExitCode {
    cusip_api::run()
}
