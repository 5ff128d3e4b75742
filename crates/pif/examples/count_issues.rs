//! Counts the issues in a file by status, and checks that the file is complete.
//!
//! ```text
//! cargo run --release --example count_issues -- CED01-15E.PIP
//! ```
//!
//! Uses events, which do not copy records and include warnings and bad records.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command-line program"
)]

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;

use cusip_pif::{Error, Event, Issue, IssueStatus, Reader};

/// The content of a file. Counts issues by code, because not every code is documented.
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

/// Prints what is in the file, and returns whether it is complete and has no bad records.
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
        Some(Some(ordinal)) => format!("confirmed by field {ordinal} of the trailer"),
        Some(None) => "not confirmed by the trailer".to_owned(),
        None => "but no trailer, so the file was cut off".to_owned(),
    };
    println!("{records:>10}     records, {verdict}");
    println!("{:>10}     bad records", counts.bad_records);
    println!("{:>10}     warnings", counts.warnings);
    Ok(counts.bad_records == 0 && reader.trailer().is_some())
}
