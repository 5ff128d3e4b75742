//! The private server, on the PostgreSQL that is installed here.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod data;
mod owner;
mod refusals;
mod sessions;
