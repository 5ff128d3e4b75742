//! What every request can get at.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use cusip_config::Secret;
use cusip_connect::PoolLimits;
use cusip_loader::{LoadOptions, Requester};
use cusip_postgres::Database;
use cusip_source::FileSource;

use crate::authentication::Tokens;
use crate::command_line::Arguments;
use crate::job_log::JobLog;
use crate::loads::Loads;
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::shutdown::Shutdown;

/// The connections of requests, so that those who ask never wait for a load, nor it for them.
const READERS: PoolLimits = PoolLimits::new(4, Duration::from_secs(5));

/// The server without its sockets.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) loads: Loads,
    pub(crate) job_log: JobLog,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) tokens: Tokens,
    pub(crate) shutdown: Shutdown,
    pub(crate) rules: Rules,
}

/// What holds for a request that does not say otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) options: LoadOptions,
    pub(crate) timezone: Tz,
    /// The longest that a request waits for its load.
    pub(crate) wait: Duration,
}

/// What handlers are given.
pub(crate) type AppState = Arc<Service>;

impl Service {
    pub(crate) fn new(
        arguments: &Arguments,
        tokens: &[Secret],
        database: &Database,
        source: Arc<dyn FileSource>,
        shutdown: Shutdown,
    ) -> Self {
        let job_log = JobLog::new(database.with_pool(READERS));
        let metrics = Arc::new(Metrics::new());
        let loads = Loads::new(
            database.clone(),
            job_log.clone(),
            source,
            requester(),
            Arc::clone(&metrics),
        );
        Self {
            loads,
            readiness: Readiness::new(database.clone()),
            job_log,
            metrics,
            tokens: Tokens::new(tokens),
            shutdown,
            rules: Rules {
                options: arguments.rules.options(),
                timezone: arguments.api.timezone,
                wait: arguments.api.wait_seconds,
            },
        }
    }
}

/// Says how a caller gives an option, or whoever runs the server.
fn option(name: &str) -> String {
    match name {
        "allow_missing_trailer" => "--allow-missing-trailer of the server".to_owned(),
        field => format!("{field:?} in the request's body"),
    }
}

fn requester() -> Requester {
    let unknown = |_| "unknown".to_owned();
    Requester {
        user: whoami::username().unwrap_or_else(unknown),
        host: whoami::hostname().unwrap_or_else(unknown),
        program: "api",
        version: env!("CARGO_PKG_VERSION"),
        option,
    }
}
