//! The `cusip` program as its users meet it: the real binary, a real server, real files.

mod aws;
mod check;
mod command;
mod credentials;
mod database_gate;
mod dry_run;
mod edges;
mod embedded;
mod encryption;
mod errors;
mod fake_server;
mod faults;
mod guards;
mod jobs;
mod leaks;
mod load;
mod lookup;
mod migrate;
mod moto;
mod one_transaction;
mod real_day;
mod rejects;
mod s3;
mod settings;
mod state;

use cusip_pif::Date;

/// The day that the tests' files are of.
fn day() -> Date {
    Date::new(2024, 1, 15).expect("a day of the calendar")
}
