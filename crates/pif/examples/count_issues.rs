//! Counts the issues of a file by their status, and tells whether the file is whole.
//!
//! ```text
//! cargo run --release --example count_issues -- CED01-15E.PIP
//! ```
//!
//! Reads by events: no record is copied, and what is odd or wrong comes along with the records.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line answers there"
)]

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;

use cusip_pif::{Error, Event, Issue, IssueStatus, Reader};

/// What is in a file. The issues are counted by code, since not every code is documented.
#[derive(Default)]
struct Counts {
    issues: BTreeMap<String, u64>,
    warnings: u64,
    bad_records: u64,
}

fn main() -> ExitCode {
    let Some(path) = env::args_os().nth(1) else {
        eprintln!("usage: count_issues FILE, an issue file such as CED01-15E.PIP");
        return ExitCode::FAILURE;
    };
    match Reader::from_path(path).and_then(count) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            eprintln!("{error}: {}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

/// Shows what is in the file, and tells whether all of it could be read.
fn count<T: std::io::Read>(mut reader: Reader<Issue, T>) -> Result<bool, Error> {
    let mut counts = Counts::default();
    while let Some(event) = reader.next_event()? {
        match event {
            Event::Record {
                record, warnings, ..
            } => {
                let status = record.issue_status.unwrap_or_default();
                match counts.issues.get_mut(status) {
                    Some(count) => *count += 1,
                    None => {
                        counts.issues.insert(status.to_owned(), 1);
                    }
                }
                counts.warnings += warnings.len() as u64;
            }
            Event::BadRecord(bad) => {
                counts.bad_records += 1;
                eprintln!("{}", Error::from(bad));
            }
            Event::Trailer(_) => {}
        }
    }

    for (status, count) in &counts.issues {
        let meaning = match IssueStatus::from_code(status) {
            Ok(status) => status.to_string(),
            Err(_) if status.is_empty() => "no status".to_owned(),
            Err(unknown) => unknown.to_string(),
        };
        println!("{count:>10}  {status:1}  {meaning}");
    }
    let records = reader.data_records();
    let verdict = match reader.trailer().map(|trailer| trailer.verified_by(records)) {
        Some(Some(ordinal)) => format!("as field {ordinal} of the trailer says"),
        Some(None) => "which the trailer does not confirm".to_owned(),
        None => "but no trailer: the file was cut off".to_owned(),
    };
    println!("{records:>10}     records, {verdict}");
    println!("{:>10}     bad records", counts.bad_records);
    println!("{:>10}     warnings", counts.warnings);
    Ok(counts.bad_records == 0 && reader.trailer().is_some())
}
