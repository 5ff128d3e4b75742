//! Loads from S3: a server that verifies signatures, and a proxy that injects faults.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

mod days;
mod faults;
mod listings;
mod memory;
mod refusals;
