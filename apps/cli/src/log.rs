//! Logs, on standard error.

use std::io;

use anyhow::Context as _;
use cusip_settings::{LogFormat, LogSettings};
use tracing_subscriber::EnvFilter;

pub(crate) fn start(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).with_context(|| {
        format!(
            "--log (CUSIP_LOG) {:?} is no filter such as info",
            settings.log
        )
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Json => log.json().init(),
        _ => log
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .init(),
    }
    Ok(())
}
