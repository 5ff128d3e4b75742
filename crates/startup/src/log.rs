//! Logs, on standard error.

use std::io;

use cusip_settings::{LogFormat, LogSettings};
use tracing_subscriber::EnvFilter;

use crate::error::Error;

/// Starts to log what the settings say.
///
/// # Errors
///
/// [`Error::LogFilter`] if their filter is none.
pub fn start_log(settings: &LogSettings) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|source| Error::LogFilter {
        filter: settings.log.clone(),
        source,
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // Complaints about a log that cannot be written would go to standard error too, and panic.
        .log_internal_errors(false);
    match settings.log_format {
        LogFormat::Json => log.json().init(),
        _ => log
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .init(),
    }
    Ok(())
}
