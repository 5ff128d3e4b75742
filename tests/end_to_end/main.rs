//! The programs as their users meet them: the real binaries, a real server, real files.

mod api;
mod at_once;
mod aws;
mod aws_settings;
mod check;
mod command;
mod credentials;
mod cut_off;
mod database_gate;
mod doctor;
mod documentation;
mod dry_run;
mod edges;
mod embedded;
mod encryption;
mod errors;
mod fake_server;
mod faults;
mod filling;
#[cfg(target_os = "linux")]
mod full_disk;
mod guards;
mod jobs;
mod killed_loader;
mod killed_server;
mod leaks;
mod load;
mod lookup;
#[cfg(target_os = "linux")]
mod memory;
mod migrate;
mod moto;
mod one_transaction;
mod real_day;
mod rejects;
mod roles;
mod running;
mod s3;
mod session;
mod settings;
mod state;
mod stopping;
mod take_over;
mod two_days;
mod ways;

use cusip_pif::Date;

/// The day that the tests' files are of.
fn day() -> Date {
    Date::new(2024, 1, 15).expect("a day of the calendar")
}
