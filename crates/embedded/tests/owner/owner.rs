//! Owns a private server, for tests of the ways in which the owner's process can end.
//!
//! `cusip-embedded-owner END [DATA_FOLDER]` starts a server, prints its socket folder, its process id
//! and its data folder, one per line, and waits for the end of standard input. Then it ends as END
//! says: `returns`, `exits` or `panics`. The server is in a static, so it is never dropped. With
//! `fails`, the server does not start.

use std::env;
use std::io::{self, Write};
use std::process::{ExitCode, exit};
use std::sync::OnceLock;

use cusip_embedded::{Error, Server, ServerOptions};

static SERVER: OnceLock<Server> = OnceLock::new();

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let end = arguments.next().expect("the first argument is END");
    let mut options = arguments
        .next()
        .map_or_else(ServerOptions::temporary, ServerOptions::persistent);
    if end == "fails" {
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
    match end.as_str() {
        "returns" => ExitCode::SUCCESS,
        "exits" => exit(0),
        "panics" => panic!("as requested"),
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
