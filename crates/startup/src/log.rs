//! Logs, on standard error.

use std::io;

use cusip_settings::{LogFormat, LogSettings};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::error::Error;

/// Starts to log what the settings say, but for what would show secrets.
///
/// # Errors
///
/// [`Error::LogFilter`] if their filter is none.
pub fn start_log(settings: &LogSettings) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|source| Error::LogFilter {
        filter: settings.log.clone(),
        source,
    })?;
    // Whatever the filter says, which may name modules and spans.
    let harmless = filter_fn(cusip_aws::may_be_logged).with_max_level_hint(LevelFilter::TRACE);
    let filter = filter.and(harmless);
    let log = fmt::layer()
        .with_writer(io::stderr)
        // Complaints about a log that cannot be written would go to standard error too, and panic.
        .log_internal_errors(false);
    let log = match settings.log_format {
        LogFormat::Json => log.json().boxed(),
        _ => log
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .init();
    Ok(())
}
