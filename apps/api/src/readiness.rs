//! Whether the database can be used, checked at most once a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cusip_connect::PoolLimits;
use cusip_postgres::Database;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::problem::{Code, Problem};

const TIME_LIMIT: Duration = Duration::from_secs(3);
const CACHED_FOR: Duration = Duration::from_secs(1);
const POOL: PoolLimits = PoolLimits::new(1, TIME_LIMIT);

/// Checks the database on its own connection. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Readiness(Arc<Mutex<Probe>>);

#[derive(Debug)]
struct Probe {
    /// Creates a new pool after a connection has stopped responding.
    database: Database,
    pool: Database,
    last: Option<(Instant, Result<(), Problem>)>,
}

impl Readiness {
    pub(crate) fn new(database: Database) -> Self {
        Self(Arc::new(Mutex::new(Probe {
            pool: database.with_pool(POOL),
            database,
            last: None,
        })))
    }

    /// Checks that the database responds, accepts writes, and has the schema of this version.
    pub(crate) async fn check(&self) -> Result<(), Problem> {
        let probe = Arc::clone(&self.0);
        // Use a separate task: other clients wait for this answer even if this one disconnects.
        let checking = tokio::spawn(async move { probe.lock().await.check().await });
        let failed = |_| Err(Problem::new(Code::Internal, "the database check failed"));
        checking.await.unwrap_or_else(failed)
    }
}

impl Probe {
    async fn check(&mut self) -> Result<(), Problem> {
        if let Some((checked_at, result)) = &self.last
            && checked_at.elapsed() < CACHED_FOR
        {
            return result.clone();
        }
        let result = match timeout(TIME_LIMIT, self.pool.check_ready()).await {
            Ok(result) => result.map_err(Problem::from),
            Err(_) => {
                self.pool = self.database.with_pool(POOL);
                let (location, seconds) = (self.database.place(), TIME_LIMIT.as_secs());
                let detail = format!("the database {location} did not respond within {seconds} s");
                Err(Problem::new(Code::DatabaseUnavailable, detail))
            }
        };
        self.last = Some((Instant::now(), result.clone()));
        result
    }
}
