//! The public behavior of the crate.

mod change;
mod contents;
mod folder;
mod options;
mod sequence;
mod stability;
mod validity;

use cusip_pif::{Date, FileKind};
use cusip_synth::{Day, Options};

/// Returns options for a day that is large enough to contain everything.
fn options() -> Options {
    Options::new(Date::new(2024, 1, 15).expect("a day"))
        .with_seed(7)
        .with_issuers(2_000)
        .with_issues_per_issuer(10)
}

fn day(options: Options) -> Day {
    Day::new(options).expect("options in their ranges")
}

fn file(day: &Day, kind: FileKind) -> Vec<u8> {
    day.write(kind, Vec::new())
        .expect("a Vec takes every write")
}
