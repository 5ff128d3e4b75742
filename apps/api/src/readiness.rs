//! Whether the database can be used, asked for at most once a second however many want to know.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cusip_connect::PoolLimits;
use cusip_postgres::Database;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::problem::{Code, Problem};

const LIMIT: Duration = Duration::from_secs(3);
const KEPT: Duration = Duration::from_secs(1);
const POOL: PoolLimits = PoolLimits::new(1, LIMIT);

/// Asks the database on a connection of its own.
#[derive(Debug, Clone)]
pub(crate) struct Readiness(Arc<Mutex<Probe>>);

#[derive(Debug)]
struct Probe {
    /// The database, from which a new pool is made when a connection does not answer any more.
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

    /// Tells whether the database answers and has the schema of this program, or why not.
    pub(crate) async fn check(&self) -> Result<(), Problem> {
        let probe = Arc::clone(&self.0);
        // Whoever asks first may be gone before the answer comes, for which the others wait.
        let asking = tokio::spawn(async move { probe.lock().await.check().await });
        let failed = |_| {
            Err(Problem::new(
                Code::Internal,
                "the probe of the database failed",
            ))
        };
        asking.await.unwrap_or_else(failed)
    }
}

impl Probe {
    async fn check(&mut self) -> Result<(), Problem> {
        if let Some((asked, answer)) = &self.last
            && asked.elapsed() < KEPT
        {
            return answer.clone();
        }
        let answer = match timeout(LIMIT, self.pool.check_schema()).await {
            Ok(answer) => answer.map_err(Problem::from),
            Err(_) => {
                self.pool = self.database.with_pool(POOL);
                let (place, seconds) = (self.database.place(), LIMIT.as_secs());
                let detail = format!("the database {place} has not answered within {seconds} s");
                Err(Problem::new(Code::DatabaseUnavailable, detail))
            }
        };
        self.last = Some((Instant::now(), answer.clone()));
        answer
    }
}
