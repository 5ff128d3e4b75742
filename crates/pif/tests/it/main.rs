//! The public behavior of the parser crate.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions, but not their helpers"
)]

mod check_digits;
mod chunks;
mod codes;
mod complete_files;
mod days;
mod faults;
mod features;
mod file_names;
mod garbage;
mod identifiers;
mod layouts;
mod lines;
mod long_lines;
mod meaning;
mod numbers_and_dates;
mod readers;
mod round_trip;
mod sample;
mod seen;
mod slices;
mod strategies;
mod texts;
mod trailers;
mod writers;
