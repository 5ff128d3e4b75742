//! The private server, with the PostgreSQL installed on this machine.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod data;
mod errors;
mod owner;
mod sessions;
mod sharing;
