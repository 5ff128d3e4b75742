//! The loader over sources that misbehave, and what it reports while it works.
//!
//! The results of good and bad files are tested with the real program, in `tests/cli`.

mod broken_sources;
mod days;
mod history_model;
mod memory_source;
mod progress;
mod starting_over;
mod ten_days;

use std::sync::Arc;

use cusip_jobs::Requester;
use cusip_loader::{LoadOptions, LoadRequest};
use cusip_pif::Date;
use cusip_source::FileSource;

fn day() -> Date {
    Date::new(2024, 1, 15).expect("a day of the calendar")
}

/// Asks for the files of the day, as the command line would.
fn request(source: Arc<dyn FileSource>) -> LoadRequest {
    let options = LoadOptions::default();
    LoadRequest::day(day(), day(), None, source, options, requester())
}

fn requester() -> Requester {
    Requester {
        user: "tester".to_owned(),
        host: "localhost".to_owned(),
        program: "cli",
        program_version: "0",
        caller: None,
    }
}
