//! The log: what goes into it and in which form.

use std::io;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::error::Error;
use crate::printable::PrintableLog;

/// What to log, and in which form. Logs go to standard error.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Logs")]
#[non_exhaustive]
pub struct LogSettings {
    /// What to log, for example `info` or `cusip_postgres=debug`
    #[arg(
        long,
        env = "CUSIP_LOG",
        value_name = "FILTER",
        default_value = "warn",
        value_parser = filter,
        global = true
    )]
    pub log: String,

    /// Format of log lines
    #[arg(long, env = "CUSIP_LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON document per line, for programs.
    Json,
}

/// Starts the log on standard error. It never shows secrets, whatever the filter says.
///
/// # Errors
///
/// [`Error::LogFilter`] if the filter cannot be parsed.
pub fn start_log(settings: &LogSettings) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|source| Error::LogFilter {
        filter: settings.log.clone(),
        source,
    })?;
    let harmless = filter_fn(is_harmless).with_max_level_hint(LevelFilter::TRACE);
    let filter = filter.and(harmless);
    let log = fmt::layer()
        .with_writer(io::stderr)
        // Otherwise a closed standard error would make the log complain to standard error, and panic.
        .log_internal_errors(false);
    let log = match settings.log_format {
        LogFormat::Json => log.json().boxed(),
        LogFormat::Text => log
            .with_writer(|| PrintableLog(io::stderr()))
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .init();
    Ok(())
}

/// Checks a filter early, so that a wrong one is reported together with other wrong settings.
fn filter(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "it is not a valid log filter, such as info: {error}"
        )),
    }
}

/// Returns whether an event or span is safe to log.
///
/// Nothing from the AWS SDK is. It logs the bytes of a profile file that is not UTF-8, what a
/// `credential_process` wrote to standard error, requests with their SSO token, signed addresses
/// and whole responses, some of them as warnings. Our own errors and events report the part that
/// matters. HTTP/2 logs frames with their headers.
fn is_harmless(event: &tracing::Metadata<'_>) -> bool {
    let target = event.target();
    let is_of_sdk = target.starts_with("aws_");
    let is_of_frames = target.starts_with("h2") && *event.level() >= tracing::Level::DEBUG;
    !is_of_sdk && !is_of_frames
}
