//! Logs, on standard error.

use std::io;

use cusip_settings::{LogFormat, LogSettings};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::exit::UsageError;

/// Modules that show secrets at the level `trace`.
///
/// The signer shows what it signs, and takes secrets out of headers only: a token for RDS has the
/// session token of the credentials in its address. The other shows answers, and those of Secrets
/// Manager too where the environment has `LOG_SENSITIVE_BODIES`.
const TELLTALES: [&str; 2] = [
    "aws_sigv4",
    "aws_smithy_runtime::client::orchestrator::http",
];

pub(crate) fn start(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| {
        let filter = &settings.log;
        UsageError(format!(
            "--log (CUSIP_LOG) {filter:?} is no filter such as info: {error}"
        ))
    })?;
    // Whatever the filter says, which may name modules and spans.
    let harmless = filter_fn(is_without_secrets).with_max_level_hint(LevelFilter::TRACE);
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

fn is_without_secrets(event: &Metadata<'_>) -> bool {
    let is_of = |module| event.target().starts_with(module);
    *event.level() < Level::TRACE || !TELLTALES.into_iter().any(is_of)
}
