//! Owns a private server for the tests that end its owner in all the ways a process can end.
//!
//! `cusip-embedded-owner HOW_IT_ENDS [DATA_FOLDER]` starts a server, prints its socket folder, its
//! process id and its data folder, a line each, waits for standard input to end, and then ends as
//! told: `returns`, `exits` or `panics`. In all three the server sits in a static, where nothing
//! drops it. `fails` has the server refuse to start.

use std::env;
use std::io::{self, Write};
use std::process::{ExitCode, exit};
use std::sync::OnceLock;

use cusip_embedded::{Error, Server, ServerOptions};

static SERVER: OnceLock<Server> = OnceLock::new();

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let how = arguments
        .next()
        .expect("the first argument says how to end");
    let mut options = arguments
        .next()
        .map_or_else(ServerOptions::temporary, ServerOptions::kept);
    if how == "fails" {
        options = options.setting("shared_buffers", "nonsense");
    }
    match own(options) {
        Ok(()) => {}
        Err(error) => {
            let mut chain = error.to_string();
            if let Some(cause) = std::error::Error::source(&error) {
                chain = format!("{chain}: {cause}");
            }
            writeln!(io::stderr(), "{chain}").expect("standard error is open");
            return ExitCode::FAILURE;
        }
    }
    match how.as_str() {
        "returns" => ExitCode::SUCCESS,
        "exits" => exit(0),
        "panics" => panic!("as told"),
        _ => ExitCode::FAILURE,
    }
}

fn own(options: ServerOptions) -> Result<(), Error> {
    let server = Server::start(options)?;
    let server = SERVER.get_or_init(|| server);
    let mut output = io::stdout();
    writeln!(
        output,
        "{}\n{}\n{}",
        server.socket_folder().display(),
        server.process_id(),
        server.data_folder().display()
    )
    .expect("standard output is open");
    io::copy(&mut io::stdin(), &mut io::sink()).expect("standard input is open");
    Ok(())
}
