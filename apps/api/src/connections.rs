//! The open connections: counts them, and closes the one that has been idle longest if there are too many.
//!
//! This keeps clients that open connections and send nothing from locking out others, such as an
//! orchestrator's probes or the scheduler.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::metrics::Metrics;

/// Far more than load balancers, schedulers, and probes need.
const MAX_CONNECTIONS: usize = 768;
/// How many open files the rest of the process needs: connections to the database, and files to load.
const OTHER_FILES: usize = 192;
/// How long a new connection may take to send the head of its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// The minimum time between log lines about closed connections.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// All open connections.
#[derive(Debug)]
pub(crate) struct Connections {
    limit: usize,
    metrics: Arc<Metrics>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next_id: u64,
    by_id: HashMap<u64, Arc<State>>,
    /// How many were closed since the last log line, and when that was.
    closed: u64,
    logged_at: Option<Instant>,
}

/// An open connection, until this is dropped.
#[derive(Debug)]
pub(crate) struct Connection {
    id: u64,
    state: Arc<State>,
    all: Arc<Connections>,
}

/// What a connection is doing.
#[derive(Debug)]
pub(crate) struct State {
    opened_at: Instant,
    /// How many handlers are working on its requests.
    handlers: AtomicUsize,
    requests: AtomicU64,
    /// Milliseconds from `opened_at` to the last sign of progress.
    active_after: AtomicU64,
    closing: Notify,
}

/// A handler that is working on a request, until this is dropped.
#[derive(Debug)]
pub(crate) struct Handling(Arc<State>);

impl Connections {
    /// Creates the registry for a process that may have this many open files.
    pub(crate) fn new(open_files: usize, metrics: Arc<Metrics>) -> Arc<Self> {
        let limit = MAX_CONNECTIONS.min(open_files.saturating_sub(OTHER_FILES).max(1));
        metrics.limit_connections(limit);
        Arc::new(Self {
            limit,
            metrics,
            open: Mutex::default(),
        })
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Adds a connection. If there are too many, closes another one.
    pub(crate) fn add(self: &Arc<Self>) -> Connection {
        let mut open = self.open();
        while open.by_id.len() >= self.limit && self.close_one_of(&mut open) {}
        let id = open.next_id;
        open.next_id += 1;
        let state = Arc::new(State::new());
        open.by_id.insert(id, Arc::clone(&state));
        self.metrics.connections(open.by_id.len());
        Connection {
            id,
            state,
            all: Arc::clone(self),
        }
    }

    /// Closes the connection that has been idle longest, for example when there are no more file
    /// descriptors.
    pub(crate) fn close_one(&self) {
        self.close_one_of(&mut self.open());
    }

    /// Prefers connections that no handler works for. A load continues without its connection.
    fn close_one_of(&self, open: &mut Open) -> bool {
        let idle_longest = (open.by_id.iter()).min_by_key(|(_, state)| state.rank());
        let Some(id) = idle_longest.map(|(id, _)| *id) else {
            return false;
        };
        if let Some(state) = open.by_id.remove(&id) {
            state.closing.notify_one();
        }
        self.metrics.connection_closed_early();
        open.closed += 1;
        if (open.logged_at).is_none_or(|logged_at| logged_at.elapsed() >= LOG_INTERVAL) {
            tracing::warn!(
                limit = self.limit,
                closed = open.closed,
                "too many connections; closing those that have been idle longest"
            );
            open.closed = 0;
            open.logged_at = Some(Instant::now());
        }
        true
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state)
    }

    /// Waits until the server should close the connection, and returns the reason.
    pub(crate) async fn should_close(&self) -> &'static str {
        let overdue = async {
            sleep(FIRST_REQUEST).await;
            if self.state.requests.load(Ordering::Relaxed) > 0 {
                pending::<()>().await;
            }
        };
        tokio::select! {
            () = self.state.closing.notified() => "there are too many connections",
            () = overdue => "no request arrived in time",
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.all.open();
        open.by_id.remove(&self.id);
        self.all.metrics.connections(open.by_id.len());
    }
}

impl State {
    fn new() -> Self {
        Self {
            opened_at: Instant::now(),
            handlers: AtomicUsize::new(0),
            requests: AtomicU64::new(0),
            active_after: AtomicU64::new(0),
            closing: Notify::new(),
        }
    }

    /// Counts a handler as working until the returned value is dropped.
    pub(crate) fn request_started(self: &Arc<Self>) -> Handling {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.handlers.fetch_add(1, Ordering::Relaxed);
        Handling(Arc::clone(self))
    }

    /// Notes that the client has read a part of its response, so that the next one can be sent.
    pub(crate) fn made_progress(&self) {
        let elapsed = self.opened_at.elapsed().as_millis() as u64;
        self.active_after.store(elapsed, Ordering::Relaxed);
    }

    /// Returns the sort key of a connection: idle ones come first, the longest idle before the others.
    fn rank(&self) -> (bool, Instant) {
        let active_after = Duration::from_millis(self.active_after.load(Ordering::Relaxed));
        let is_handled = self.handlers.load(Ordering::Relaxed) > 0;
        (is_handled, self.opened_at + active_after)
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.made_progress();
        self.0.handlers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(limit: usize) -> Arc<Connections> {
        Connections::new(limit + OTHER_FILES, Arc::new(Metrics::new()))
    }

    fn open_ids(connections: &Connections) -> Vec<u64> {
        let mut ids: Vec<_> = connections.open().by_id.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    #[tokio::test]
    async fn connection_that_is_idle_longest_is_closed_first_and_one_with_a_handler_last() {
        let all = connections(3);
        let handled = all.add();
        let handler = handled.state().request_started();
        let idle = all.add();
        let reading = all.add();
        assert_eq!(open_ids(&all), [0, 1, 2]);
        // Wait for a later millisecond, so that its progress is the latest.
        while reading.state.active_after.load(Ordering::Relaxed) == 0 {
            reading.state.made_progress();
        }
        let newest = all.add();
        assert_eq!(open_ids(&all), [0, 2, 3]);
        assert_eq!(idle.should_close().await, "there are too many connections");
        drop(newest);
        drop(reading);
        let _others = [all.add(), all.add(), all.add(), all.add()];
        assert!(open_ids(&all).contains(&0), "{:?}", open_ids(&all));
        drop(handler);
    }

    #[test]
    fn limit_leaves_open_files_for_everything_else() {
        let limit = |open_files| Connections::new(open_files, Arc::new(Metrics::new())).limit();
        assert_eq!(limit(1_048_576), MAX_CONNECTIONS);
        assert_eq!(limit(1_024), MAX_CONNECTIONS);
        assert_eq!(limit(256), 64);
        assert_eq!(limit(10), 1);
    }

    #[test]
    fn closed_connections_are_forgotten() {
        let all = connections(2);
        let first = all.add();
        drop(first);
        let _second = all.add();
        let _third = all.add();
        assert_eq!(open_ids(&all), [1, 2]);
    }
}
