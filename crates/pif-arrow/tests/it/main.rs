//! Tests of what users of the crate see.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions, but not their helpers"
)]

mod batches;
mod completeness;
mod rejects;
mod schemas;
