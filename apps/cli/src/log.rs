//! Logs, on standard error.

use std::io;

use cusip_settings::{LogFormat, LogSettings};
use tracing_subscriber::EnvFilter;

use crate::exit::UsageError;

pub(crate) fn start(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| {
        let filter = &settings.log;
        UsageError(format!(
            "--log (CUSIP_LOG) {filter:?} is no filter such as info: {error}"
        ))
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
