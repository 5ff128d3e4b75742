//! The HTTP API as schedulers, operators and orchestrators use it.

mod arrow;
mod authorization;
mod browsers;
mod connections;
mod contract;
mod database_outages;
mod failover;
mod jobs;
mod live_progress;
mod log;
mod lookups;
mod lost_answers;
mod openapi_and_metrics;
mod pooler;
mod problems;
mod rejects;
mod s3;
mod shutdown;
mod startup;
mod two_servers;
