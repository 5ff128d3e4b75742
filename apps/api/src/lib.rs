//! The HTTP API: loads that schedulers start, operators look at and orchestrators may stop.
//!
//! Requests come in through `server`, pass `observation` and `authentication`, and are answered by
//! `routes`. What they start runs in `loads`, whoever waits for it or does not, and what became of
//! it is read from the ledger, so that every replica gives the same answer. Everything that is not
//! a success is a `problem`.

mod answer;
mod arguments;
mod authentication;
mod ledger;
mod liveness;
mod loads;
mod metrics;
mod observation;
mod order;
mod preferences;
mod problem;
mod readiness;
mod routes;
mod server;
mod shutdown;
mod start;
mod state;

pub use self::start::run;
