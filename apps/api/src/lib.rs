//! The HTTP API: loads that schedulers start, operators look at and orchestrators may stop.
//!
//! Requests come in through `server`, pass `observation` and `authentication`, and are answered by
//! `routes`. What they start runs in `loads`, whoever waits for it or does not, and what became of
//! it is read from the ledger, so that every replica gives the same answer. Everything that is not
//! a success is a `problem`.

mod authentication;
mod command_line;
mod healthcheck;
mod job_log;
mod load_params;
mod loads;
mod metrics;
mod prefer_header;
mod problem;
mod readiness;
mod request_log;
mod responses;
mod routes;
mod run;
mod server;
mod shutdown;
mod state;

pub use self::run::run;
