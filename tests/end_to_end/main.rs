//! The `cusip` program as its users meet it: the real binary, a real server, real files.

mod at_once;
mod check;
mod command;
mod cut_off;
mod doctor;
mod dry_run;
mod edges;
mod embedded;
mod encryption;
mod errors;
mod fake_server;
mod faults;
#[cfg(target_os = "linux")]
mod full_disk;
mod guards;
mod jobs;
mod killed_loader;
mod killed_server;
mod load;
mod lookup;
#[cfg(target_os = "linux")]
mod memory;
mod migrate;
mod one_transaction;
mod real_day;
mod rejects;
mod running;
mod session;
mod settings;
mod state;
mod stopping;
mod two_days;
mod ways;

use cusip_pif::Date;

/// The day that the tests' files are of.
fn day() -> Date {
    Date::new(2024, 1, 15).expect("a day of the calendar")
}
