//! Buckets, on a real server in this process and behind a proxy that injects faults.

mod contract;
mod errors;
mod faults;
mod listings;
mod reads;
mod secrets;
mod server;
mod settings;
mod uploads;
