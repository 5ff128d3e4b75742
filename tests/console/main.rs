//! The console as people use it, in Chromium.
//!
//! The tests need Debian's `chromium` and `chromium-driver`, and axe-core, which `scripts/axe-core.sh`
//! downloads. They leave pictures of every page in `target/console-screenshots`.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

mod axe;
mod browser;
mod jobs;
mod loads;
mod night;
mod securities;
mod sign_in;
mod signed_in;
mod today;
