//! Starts the server from the command line, and runs it until it is shut down.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::FromArgMatches as _;
use cusip_config::{
    InvalidEnvironment, InvalidToken, OpenDatabase, day_source, message_with_hint, printable,
    read_dot_env, refuse_contradictions, start_log, unknown_variables,
};
use cusip_jobs::error_chain;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::command_line::{Arguments, command};
use crate::healthcheck::{self, NotLive};
use crate::server;
use crate::shutdown::Shutdown;
use crate::state::Service;

/// The exit code if the server fails.
const FAILED: u8 = 1;
/// The exit code if a setting is wrong.
const USAGE: u8 = 2;

/// How long to wait for blocking threads at the end.
const LAST_THREADS: Duration = Duration::from_millis(200);

/// Why the server could not start, or stopped with an error.
#[derive(Debug, Error)]
enum Error {
    #[error(transparent)]
    Environment(#[from] InvalidEnvironment),
    #[error(transparent)]
    Token(#[from] InvalidToken),
    #[error(transparent)]
    Startup(#[from] cusip_config::Error),
    #[error(
        "cannot listen on {address}; set another address and port with --bind (CUSIP_API_BIND)"
    )]
    Listen {
        address: std::net::SocketAddr,
        source: std::io::Error,
    },
    #[error(transparent)]
    NotLive(#[from] NotLive),
    #[error("cannot {task}")]
    System {
        task: &'static str,
        source: std::io::Error,
    },
}

/// Serves the API until a signal shuts it down. Returns the exit code of the process.
#[must_use]
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, there is nowhere else to report the error.
            let message = error.message();
            let message = printable(&message);
            let _ = writeln!(std::io::stderr().lock(), "error: {message}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn serve() -> Result<(), Error> {
    read_dot_env()?;
    let matches = cusip_config::matches(&command())?;
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Err(error) = refuse_contradictions(&mut command(), &matches, &[]) {
        error.exit();
    }
    if arguments.check_live {
        return Ok(healthcheck::check(arguments.api.bind)?);
    }
    let tokens = arguments.api.tokens()?;
    start_log(&arguments.log)?;
    for unknown in unknown_variables() {
        tracing::warn!("{unknown}");
    }
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let shutdown = Shutdown::listen(arguments.api.shutdown_seconds)
            .map_err(|source| Error::system("listen for signals", source))?;
        let source = day_source(&arguments.files).await?;
        // This blocks while an embedded server starts. No request is waiting yet.
        let opened = OpenDatabase::open(&arguments.database).await?;
        let service = Service::new(&arguments, &tokens, &opened.database, source, shutdown);
        let service = Arc::new(service);
        let address = arguments.api.bind;
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|source| Error::Listen { address, source })?;
        server::serve(listener, Arc::clone(&service))
            .await
            .map_err(|source| Error::system("serve", source))?;
        drop(service);
        opened.close()?;
        Ok(())
    });
    // Without a time limit, a thread that blocks on a read from a pipe would keep the process alive.
    runtime.shutdown_timeout(LAST_THREADS);
    served
}

fn runtime() -> Result<Runtime, Error> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|source| Error::system("start threads", source))
}

impl Error {
    const fn system(task: &'static str, source: std::io::Error) -> Self {
        Self::System { task, source }
    }

    fn message(&self) -> String {
        match self {
            Self::Startup(error) => message_with_hint(error),
            error => error_chain(error),
        }
    }

    const fn exit_code(&self) -> u8 {
        match self {
            Self::Environment(_) | Self::Token(_) => USAGE,
            Self::Startup(
                cusip_config::Error::LogFilter { .. }
                | cusip_config::Error::NotAFolder(_)
                | cusip_config::Error::Settings(_)
                | cusip_config::Error::Source(_)
                | cusip_config::Error::NoAws(_),
            ) => USAGE,
            _ => FAILED,
        }
    }
}
