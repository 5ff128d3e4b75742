//! Buckets, on a real server in this process and behind a proxy that breaks what it is told to.

mod contract;
mod faults;
mod listings;
mod readings;
mod refusals;
mod secrets;
mod server;
mod settings;
