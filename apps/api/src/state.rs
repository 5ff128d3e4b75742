//! The state that all requests share, built once at startup.

use std::sync::Arc;
use std::time::Duration;

use cusip_config::{Secret, requester};
use cusip_connect::PoolLimits;
use cusip_postgres::Database;
use cusip_source::FileSource;

use crate::authentication::Tokens;
use crate::command_line::Arguments;
use crate::job_log::{JobLog, LoadAges};
use crate::load_params::LoadDefaults;
use crate::loads::{LoadContext, Loads};
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::shutdown::Shutdown;

/// The connections of requests. Loads have their own pool, so neither waits for the other.
const REQUEST_POOL: PoolLimits = PoolLimits::new(4, Duration::from_secs(5));

/// The server without its sockets.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) loads: Loads,
    pub(crate) job_log: JobLog,
    pub(crate) load_ages: LoadAges,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) shutdown: Shutdown,
    pub(crate) load_defaults: LoadDefaults,
    /// The longest time that a request waits for its load.
    pub(crate) max_wait: Duration,
}

/// What handlers receive.
pub(crate) type AppState = Arc<Service>;

impl Service {
    pub(crate) fn new(
        arguments: &Arguments,
        tokens: &[Secret],
        database: &Database,
        source: Arc<dyn FileSource>,
        shutdown: Shutdown,
    ) -> Self {
        let job_log = JobLog::new(database.with_pool(REQUEST_POOL));
        let metrics = Arc::new(Metrics::new());
        let context = LoadContext {
            database: database.clone(),
            job_log: job_log.clone(),
            metrics: Arc::clone(&metrics),
        };
        let requester = requester("api", env!("CARGO_PKG_VERSION"));
        Self {
            loads: Loads::new(
                context,
                source,
                requester,
                arguments.api.timezone,
                shutdown.clone(),
            ),
            load_ages: LoadAges::new(job_log.clone()),
            job_log,
            readiness: Readiness::new(database.clone()),
            metrics,
            tokens: Arc::new(Tokens::new(tokens)),
            shutdown,
            load_defaults: LoadDefaults {
                options: arguments.rules.options(),
                timezone: arguments.api.timezone,
            },
            max_wait: arguments.api.wait_seconds,
        }
    }
}
