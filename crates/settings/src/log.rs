//! What is logged, and how.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// What is logged, and how. Logs go to standard error.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Logs")]
#[non_exhaustive]
pub struct LogSettings {
    /// What to log, e.g. `info` or `cusip_postgres=debug`
    #[arg(
        long,
        env = "CUSIP_LOG",
        value_name = "FILTER",
        default_value = "warn",
        value_parser = filter,
        global = true
    )]
    pub log: String,

    /// Form of a log line
    #[arg(long, env = "CUSIP_LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON document a line, for programs.
    Json,
}

/// Takes a filter if the log will, so that a wrong one is said together with other wrong settings.
fn filter(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("it is no filter such as info: {error}")),
    }
}
