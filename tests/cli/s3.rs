//! Files in a bucket: a real server that checks signatures, and a proxy that breaks things.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

mod days;
mod faults;
mod listings;
mod memory;
mod refusals;
