//! The command line of the server.

use clap::{Command, CommandFactory as _, Parser};
use cusip_config::{ApiSettings, DatabaseSettings, FileSettings, LoadSettings, LogSettings};

/// The default log level of the server. The command line tool logs less.
const LOG: &str = "info";

/// Serves the HTTP API that loads the daily CUSIP files of CUSIP Global Services into PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "cusip-api", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Check whether the server on this machine that listens on --bind is up, then exit; for
    /// container health checks
    #[arg(long)]
    pub(crate) check_live: bool,

    #[command(flatten)]
    pub(crate) api: ApiSettings,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,

    #[command(flatten)]
    pub(crate) files: FileSettings,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,

    #[command(flatten)]
    pub(crate) log: LogSettings,
}

/// Returns the command line, with the defaults of a server.
#[must_use]
pub fn command() -> Command {
    Arguments::command().mut_arg("log", |log| log.default_value(LOG))
}

#[cfg(test)]
mod tests {
    #[test]
    fn command_line_is_consistent() {
        super::command().debug_assert();
    }
}
