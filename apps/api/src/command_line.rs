//! The command line.

use clap::{Command, CommandFactory as _, Parser};
use cusip_config::{ApiSettings, DatabaseSettings, FileSettings, LoadSettings, LogSettings};

/// What a server logs if nobody says otherwise; the command line says less.
const LOG: &str = "info";

/// Serves the HTTP API that loads the daily CUSIP files of CUSIP Global Services into PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "cusip-api", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Only ask the server of this machine that listens on the address of --bind whether it lives;
    /// for the health checks of containers
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

/// Returns the command, with the defaults of a server.
pub(crate) fn command() -> Command {
    Arguments::command().mut_arg("log", |log| log.default_value(LOG))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
