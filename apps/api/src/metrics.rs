//! Metrics about loads, requests, and database connections, for Prometheus.

mod initial_series;
mod registration;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use cusip_connect::PoolState;
use cusip_jobs::{FileOutcome, JobKind, JobStatus};
use cusip_pif::FileKind;
use cusip_postgres::LastLoad;
use http::Method;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

type Labels<const N: usize> = [(&'static str, String); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;
type Gauges<const N: usize> = Family<Labels<N>, Gauge>;
type FloatGauges<const N: usize> = Family<Labels<N>, Gauge<f64, AtomicU64>>;
type Histograms<const N: usize> = Family<Labels<N>, Histogram, Buckets>;

const LOAD_BUCKETS: &[f64] = &[
    0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0,
];
const REQUEST_BUCKETS: &[f64] = &[
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0,
];

const SECONDS_OF_A_DAY: i64 = 86_400;

/// All other methods share the label `other`. Otherwise clients could create any number of series.
const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::DELETE];

/// The metrics of this process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    loads: Counters<2>,
    load_seconds: Histograms<2>,
    rows: Counters<2>,
    rejects: Counters<2>,
    phase_seconds: Histograms<2>,
    running: Gauge,
    last_load_age: FloatGauges<1>,
    newest_day: Gauges<1>,
    available: Gauge,
    connections: Gauges<2>,
    connection_limit: Gauges<1>,
    connections_awaited: Gauges<1>,
    requests: Counters<3>,
    request_seconds: Histograms<2>,
    requests_in_flight: Gauge,
    requests_refused: Counters<1>,
    http_connections: Gauge,
    http_connections_limit: Gauge,
    http_connections_closed_early: Counter,
}

/// Why a request is refused before its handler sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoToken,
    SeveralTokens,
    NotABearerToken,
    EmptyToken,
    WrongToken,
    TooManyGuesses,
    ReadToken,
}

/// The values of the gauges that are read when Prometheus scrapes.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) is_database_available: bool,
    pub(crate) is_load_running: bool,
    pub(crate) load_pool: PoolState,
    pub(crate) request_pool: PoolState,
    pub(crate) lookup_pools: [(&'static str, PoolState); 3],
    /// When each kind of file was last loaded, and the newest day for which one was.
    pub(crate) last_loads: Vec<LastLoad>,
}

/// The upper bounds of a histogram's buckets.
#[derive(Debug, Clone, Copy)]
struct Buckets(&'static [f64]);

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge);

impl Metrics {
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("cusip"),
            loads: Family::default(),
            load_seconds: Family::new_with_constructor(Buckets(LOAD_BUCKETS)),
            rows: Family::default(),
            rejects: Family::default(),
            phase_seconds: Family::new_with_constructor(Buckets(LOAD_BUCKETS)),
            running: Gauge::default(),
            last_load_age: Family::default(),
            newest_day: Family::default(),
            available: Gauge::default(),
            connections: Family::default(),
            connection_limit: Family::default(),
            connections_awaited: Family::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(Buckets(REQUEST_BUCKETS)),
            requests_in_flight: Gauge::default(),
            requests_refused: Family::default(),
            http_connections: Gauge::default(),
            http_connections_limit: Gauge::default(),
            http_connections_closed_early: Counter::default(),
        };
        metrics.init_refusals();
        metrics.init_load_series();
        metrics.registered()
    }

    /// Counts a load that has ended, by kind of job and by status.
    pub(crate) fn load_ended(&self, kind: JobKind, status: JobStatus, seconds: Option<f64>) {
        let labels = [("kind", kind.to_string()), ("outcome", status.to_string())];
        self.loads.get_or_create(&labels).inc();
        if let Some(seconds) = seconds {
            self.load_seconds.get_or_create(&labels).observe(seconds);
        }
    }

    /// Counts the records of a file whose load has ended.
    pub(crate) fn file_ended(&self, file: &FileOutcome) {
        let outcomes = [
            ("inserted", file.counts.inserted),
            ("updated", file.counts.updated),
            ("unchanged", file.counts.unchanged),
            ("rejected", file.counts.rejected),
            ("superseded", file.counts.superseded),
        ];
        for (outcome, rows) in outcomes {
            let labels = [
                ("type", file.kind.to_string()),
                ("outcome", outcome.to_owned()),
            ];
            self.rows.get_or_create(&labels).inc_by(rows);
        }
    }

    /// Observes how many milliseconds each phase of a file took.
    pub(crate) fn phases_ended(&self, file: &FileOutcome) {
        for (phase, milliseconds) in &file.phase_milliseconds {
            let labels = [("type", file.kind.to_string()), ("phase", phase.clone())];
            let seconds = self.phase_seconds.get_or_create(&labels);
            seconds.observe(*milliseconds as f64 / 1_000.0);
        }
    }

    /// Counts the records of a file that break a rule.
    pub(crate) fn rejected(&self, kind: FileKind, rule: &str, count: u64) {
        let labels = [("type", kind.to_string()), ("rule", rule.to_owned())];
        self.rejects.get_or_create(&labels).inc_by(count);
    }

    /// Counts a request as in flight until the returned value is dropped.
    pub(crate) fn request_started(&self) -> InFlight {
        self.requests_in_flight.inc();
        InFlight(self.requests_in_flight.clone())
    }

    pub(crate) fn request_ended(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let method = if METHODS.contains(method) {
            method.as_str()
        } else {
            "other"
        };
        let labels = [("method", method.to_owned()), ("path", route.to_owned())];
        let seconds = self.request_seconds.get_or_create(&labels);
        seconds.observe(took.as_secs_f64());
        let [method, path] = labels;
        let labels = [method, path, ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a request that was refused because of its token.
    pub(crate) fn refused(&self, reason: Refusal) {
        let labels = [("reason", reason.text().to_owned())];
        self.requests_refused.get_or_create(&labels).inc();
    }

    /// Sets the number of open client connections.
    pub(crate) fn connections(&self, open: usize) {
        self.http_connections.set(open as i64);
    }

    /// Sets the maximum number of open client connections.
    pub(crate) fn limit_connections(&self, limit: usize) {
        self.http_connections_limit.set(limit as i64);
    }

    /// Counts a connection that was closed because there were too many.
    pub(crate) fn connection_closed_early(&self) {
        self.http_connections_closed_early.inc();
    }

    /// Sets the gauges, and returns all metrics in the text format of `OpenMetrics`.
    pub(crate) fn encode(&self, snapshot: &Snapshot) -> String {
        self.available.set(snapshot.is_database_available.into());
        self.running.set(snapshot.is_load_running.into());
        self.set_pool("loads", &snapshot.load_pool);
        self.set_pool("requests", &snapshot.request_pool);
        for (name, state) in &snapshot.lookup_pools {
            self.set_pool(name, state);
        }
        for last in &snapshot.last_loads {
            let labels = [("type", last.kind.to_string())];
            (self.last_load_age.get_or_create(&labels)).set(last.seconds_ago);
            if let Some(day) = last.newest_day {
                let begun = i64::from(day.days_since_unix_epoch()) * SECONDS_OF_A_DAY;
                self.newest_day.get_or_create(&labels).set(begun);
            }
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a String never fails");
        text
    }

    fn set_pool(&self, name: &str, state: &PoolState) {
        let pool = || ("pool", name.to_owned());
        let set = |gauge: &Gauges<1>, value: usize| {
            gauge.get_or_create(&[pool()]).set(value as i64);
        };
        set(&self.connection_limit, state.most);
        set(&self.connections_awaited, state.waiting);
        for (name, value) in [("used", state.used), ("idle", state.idle)] {
            let labels = [pool(), ("state", name.to_owned())];
            self.connections.get_or_create(&labels).set(value as i64);
        }
    }
}

impl Refusal {
    pub(super) const ALL: [Self; 7] = [
        Self::NoToken,
        Self::SeveralTokens,
        Self::NotABearerToken,
        Self::EmptyToken,
        Self::WrongToken,
        Self::TooManyGuesses,
        Self::ReadToken,
    ];

    /// Returns the reason as metrics, the log, and clients see it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NoToken => "no token",
            Self::SeveralTokens => "several tokens",
            Self::NotABearerToken => "not a bearer token",
            Self::EmptyToken => "empty token",
            Self::WrongToken => "wrong token",
            Self::TooManyGuesses => "too many wrong tokens",
            Self::ReadToken => "read token",
        }
    }
}

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
