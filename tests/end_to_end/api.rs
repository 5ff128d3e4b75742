//! The HTTP API as schedulers, operators and orchestrators meet it.

mod contract;
mod database;
mod description;
mod jobs;
mod log;
mod problems;
mod rejects;
mod rights;
mod s3;
mod server;
mod shutdown;
mod two_servers;
