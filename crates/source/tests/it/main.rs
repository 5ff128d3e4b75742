//! Public behavior of `cusip-source`, one module per subject.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod body;
mod changes;
mod conformance;
mod errors;
mod local_folder;
mod s3;
mod single_files;
mod values;
