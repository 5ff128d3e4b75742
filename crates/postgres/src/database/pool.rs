//! Pools of connections.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::Config;

use crate::connect::{ConnectOptions, PooledConnect};

/// How large a pool may get, and how long is waited for one of its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolLimits {
    /// The most connections. By default 8, of which a load uses up to four.
    pub connections: usize,
    /// How long is waited while all of them are in use. By default 30 s.
    pub wait: Duration,
}

impl PoolLimits {
    /// Limits a pool to so many connections, which are waited for so long.
    #[must_use]
    pub const fn new(connections: usize, wait: Duration) -> Self {
        Self { connections, wait }
    }
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self::new(8, Duration::from_secs(30))
    }
}

/// What a pool's connections are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolState {
    /// How many are in use.
    pub used: usize,
    /// How many wait to be used.
    pub idle: usize,
    /// How many there may be.
    pub most: usize,
    /// How many users wait for one.
    pub waiting: usize,
}

pub(super) fn pool(
    options: &Arc<ConnectOptions>,
    place_of_credentials: &Arc<OnceLock<String>>,
    limits: PoolLimits,
) -> Pool {
    let connect = PooledConnect::new(Arc::clone(options), Arc::clone(place_of_credentials));
    let recycling_method = RecyclingMethod::Fast;
    // The configuration is in the options: what the manager has, it would only hand on.
    let manager = Manager::from_connect(Config::new(), connect, ManagerConfig { recycling_method });
    let timeouts = Timeouts {
        wait: Some(limits.wait),
        ..Timeouts::default()
    };
    Pool::builder(manager)
        .max_size(limits.connections)
        .timeouts(timeouts)
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a runtime is given, which is all that building asks for")
}
