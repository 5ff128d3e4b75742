//! The names and descriptions of the metrics. docs/metrics.md has the same, and a test compares them.

use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Unit;

use super::Metrics;

impl Metrics {
    pub(super) fn registered(mut self) -> Self {
        self.register_loads();
        self.register_database();
        self.register_requests();
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        (self.registry).register("build", "The version of the server", version);
        self
    }

    fn register_loads(&mut self) {
        let to = &mut self.registry;
        to.register(
            "loads",
            "Loads that ended in this process, by kind of job and outcome",
            self.loads.clone(),
        );
        to.register_with_unit(
            "load_duration",
            "How long these loads took",
            Unit::Seconds,
            self.load_seconds.clone(),
        );
        to.register(
            "load_rows",
            "Records in the files of these loads, by outcome",
            self.rows.clone(),
        );
        to.register(
            "load_rejects",
            "Rejected records in the files of these loads, by the rule that they break",
            self.rejects.clone(),
        );
        to.register_with_unit(
            "load_phase_duration",
            "How long each phase of each file of these loads took",
            Unit::Seconds,
            self.phase_seconds.clone(),
        );
        to.register(
            "loads_running",
            "Whether a load is running in this process",
            self.running.clone(),
        );
        to.register_with_unit(
            "last_successful_load_age",
            "Time since a file of each type was last loaded, or found to be already loaded, by any program",
            Unit::Seconds,
            self.last_load_age.clone(),
        );
        to.register_with_unit(
            "newest_loaded_day_timestamp",
            "The newest day for which any program loaded a file of each type, as the time at which the day began in UTC",
            Unit::Seconds,
            self.newest_day.clone(),
        );
    }

    fn register_database(&mut self) {
        let to = &mut self.registry;
        to.register(
            "database_available",
            "Whether the database responds and has the schema of this version",
            self.available.clone(),
        );
        to.register(
            "database_connections",
            "Open connections to the database, by pool and state",
            self.connections.clone(),
        );
        to.register(
            "database_connections_limit",
            "The most connections that a pool opens",
            self.connection_limit.clone(),
        );
        to.register(
            "database_connections_awaited",
            "Tasks that are waiting for a connection of a pool",
            self.connections_awaited.clone(),
        );
    }

    fn register_requests(&mut self) {
        let to = &mut self.registry;
        to.register("http_requests", "Answered requests", self.requests.clone());
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
        to.register(
            "http_requests_refused",
            "Requests that were refused because of their token, by reason",
            self.requests_refused.clone(),
        );
        to.register(
            "http_connections",
            "Open client connections",
            self.http_connections.clone(),
        );
        to.register(
            "http_connections_limit",
            "The maximum number of client connections; beyond it, the longest idle one is closed",
            self.http_connections_limit.clone(),
        );
        to.register(
            "http_connections_closed_early",
            "Client connections that were closed because there were too many",
            self.http_connections_closed_early.clone(),
        );
    }
}
