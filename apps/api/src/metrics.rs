//! Figures about loads, requests and connections, for Prometheus.

mod freshness;
mod initial_series;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use cusip_connect::PoolState;
use cusip_loader::FileReport;
use cusip_pif::FileKind;
use http::Method;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use serde_json::{Map, Value};

use self::freshness::Freshness;
use crate::state::Service;

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

/// Methods of others are counted as one, or anybody could make up as many labels as they like.
const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::DELETE];

/// The figures of this process, and with a scrape those of its database.
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
    available: Gauge,
    connections: Gauges<2>,
    connection_limit: Gauges<1>,
    connections_awaited: Gauges<1>,
    requests: Counters<3>,
    request_seconds: Histograms<2>,
    requests_in_flight: Gauge,
    freshness: Freshness,
}

/// Upper bounds of a histogram's buckets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Buckets(&'static [f64]);

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
            available: Gauge::default(),
            connections: Family::default(),
            connection_limit: Family::default(),
            connections_awaited: Family::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(Buckets(REQUEST_BUCKETS)),
            requests_in_flight: Gauge::default(),
            freshness: Freshness::default(),
        };
        metrics.begin_loads();
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let to = &mut self.registry;
        to.register(
            "loads",
            "Loads that have ended in this process, by what was asked for and what became of them",
            self.loads.clone(),
        );
        to.register_with_unit(
            "load_duration",
            "How long those loads took",
            Unit::Seconds,
            self.load_seconds.clone(),
        );
        to.register(
            "load_rows",
            "Records of those loads' files, by what became of them",
            self.rows.clone(),
        );
        to.register(
            "load_rejects",
            "Rejected records of those loads' files, by the rule that they break",
            self.rejects.clone(),
        );
        to.register_with_unit(
            "load_phase_duration",
            "How long each phase of each file of those loads took",
            Unit::Seconds,
            self.phase_seconds.clone(),
        );
        to.register(
            "loads_running",
            "Whether a load runs in this process",
            self.running.clone(),
        );
        to.register_with_unit(
            "last_successful_load_age",
            "How long ago a file of each kind was last loaded, or found to be loaded before, by any program",
            Unit::Seconds,
            self.last_load_age.clone(),
        );
        to.register(
            "database_available",
            "Whether the database answers and has the schema of this version",
            self.available.clone(),
        );
        to.register(
            "database_connections",
            "Connections to the database, by the pool and whether they are used or idle",
            self.connections.clone(),
        );
        to.register(
            "database_connections_limit",
            "Most connections that a pool may have",
            self.connection_limit.clone(),
        );
        to.register(
            "database_connections_awaited",
            "How many wait for a connection of a pool",
            self.connections_awaited.clone(),
        );
        to.register(
            "http_requests",
            "Requests that were answered",
            self.requests.clone(),
        );
        to.register_with_unit(
            "http_request_duration",
            "How long the answers took",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        to.register(
            "http_requests_in_flight",
            "Requests that are being answered",
            self.requests_in_flight.clone(),
        );
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        to.register("build", "The program's version", version);
        self
    }

    /// Counts a load that has ended, by what was asked for and what became of it.
    pub(crate) fn load_ended(&self, kind: &str, outcome: &str, seconds: Option<f64>) {
        let labels = [("kind", kind.to_owned()), ("outcome", outcome.to_owned())];
        self.loads.get_or_create(&labels).inc();
        if let Some(seconds) = seconds {
            self.load_seconds.get_or_create(&labels).observe(seconds);
        }
    }

    /// Counts the records of a file of such a load.
    pub(crate) fn file_ended(&self, report: &FileReport) {
        let outcomes = [
            ("inserted", report.rows_inserted),
            ("updated", report.rows_updated),
            ("unchanged", report.rows_unchanged),
            ("rejected", report.rows_rejected),
            ("superseded", report.rows_superseded),
        ];
        for (outcome, rows) in outcomes {
            let labels = [
                ("type", report.kind.to_string()),
                ("outcome", outcome.to_owned()),
            ];
            self.rows.get_or_create(&labels).inc_by(rows);
        }
    }

    /// Takes in how many milliseconds each phase of such a file took.
    pub(crate) fn phases_ended(&self, kind: FileKind, phases: &Map<String, Value>) {
        for (phase, milliseconds) in phases {
            let Some(milliseconds) = milliseconds.as_f64() else {
                continue;
            };
            let labels = [("type", kind.to_string()), ("phase", phase.clone())];
            let seconds = self.phase_seconds.get_or_create(&labels);
            seconds.observe(milliseconds / 1_000.0);
        }
    }

    /// Counts rejected records of such a file.
    pub(crate) fn rejected(&self, kind: FileKind, rule: &str, count: u64) {
        let labels = [("type", kind.to_string()), ("rule", rule.to_owned())];
        self.rejects.get_or_create(&labels).inc_by(count);
    }

    /// Counts a request until what is returned is dropped.
    pub(crate) fn request_begun(&self) -> InFlight {
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

    /// Returns all figures as text. It takes little time even without a database.
    pub(crate) async fn scrape(&self, service: &Service) -> String {
        let is_available = service.readiness.check().await.is_ok();
        self.available.set(is_available.into());
        self.running.set(service.loads.is_running().into());
        self.pool("loads", service.loads.pool_state());
        self.pool("requests", service.job_log.pool_state());
        if is_available {
            for (kind, seconds) in self.freshness.ages(&service.job_log).await {
                let labels = [("type", kind.to_string())];
                self.last_load_age.get_or_create(&labels).set(seconds);
            }
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes every write");
        text
    }

    fn pool(&self, name: &str, state: PoolState) {
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
