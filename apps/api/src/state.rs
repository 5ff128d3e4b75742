//! The state that all requests share, built once at startup.

use std::sync::Arc;
use std::time::Duration;

use cusip_config::{ApiTokens, requester};
use cusip_connect::PoolLimits;
use cusip_postgres::Database;
use cusip_source::FileSource;

use crate::authentication::Authentication;
use crate::caller::CallerRules;
use crate::command_line::Arguments;
use crate::job_log::{JobLog, LastLoads};
use crate::live_jobs::LiveJobs;
use crate::load_params::LoadDefaults;
use crate::loads::{LoadContext, Loads};
use crate::lookups::Lookups;
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
    pub(crate) live_jobs: LiveJobs,
    pub(crate) lookups: Lookups,
    pub(crate) last_loads: LastLoads,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) authentication: Arc<Authentication>,
    pub(crate) caller_rules: CallerRules,
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
        tokens: &ApiTokens,
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
            last_loads: LastLoads::new(job_log.clone()),
            live_jobs: LiveJobs::new(job_log.clone()),
            job_log,
            lookups: Lookups::new(database),
            readiness: Readiness::new(database.clone()),
            authentication: Arc::new(Authentication::new(tokens, Arc::clone(&metrics))),
            caller_rules: CallerRules::new(&arguments.api),
            metrics,
            shutdown,
            load_defaults: LoadDefaults {
                options: arguments.rules.options(),
                timezone: arguments.api.timezone,
            },
            max_wait: arguments.api.wait_seconds,
        }
    }
}
