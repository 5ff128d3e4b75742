//! Complete days of files, in the form of a delivery.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use cusip_pif::{Date, Issue, IssueAttribute, Issuer, PifFileName, Record, Writer};

use crate::seen::{Seen, parse};

/// A day of files on disk.
struct Day {
    folder: PathBuf,
    date: Date,
    records: [usize; 3],
}

/// Returns the synthetic day in this folder and, if the project has a sibling folder `shared`, the day
/// of realistic content in it.
fn days() -> Vec<Day> {
    let package = fs::canonicalize(env!("CARGO_MANIFEST_DIR")).unwrap();
    let mut days = vec![Day {
        folder: package.join("tests/it/day"),
        date: Date::new(2024, 1, 15).unwrap(),
        records: [4, 5, 5],
    }];
    let workspace = package.ancestors().nth(2).unwrap();
    let shared = workspace.with_file_name("shared");
    if shared.is_dir() {
        days.push(Day {
            folder: shared.join("data/sec13f-2018q2"),
            date: Date::new(2018, 7, 2).unwrap(),
            records: [5_923, 8_929, 8_929],
        });
    }
    days
}

/// Reads a file and checks that all records are good, that the trailer verifies it, and that writing
/// the records gives the same bytes.
fn read<R: Record>(folder: &Path, date: Date) -> Vec<R> {
    let name = PifFileName::new(date, R::LAYOUT.kind);
    let path = folder.join(name.to_string());
    let file = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut seen = parse::<R>(&file);
    let Some(Seen::Trailer(trailer)) = seen.pop() else {
        panic!("{name} has no trailer");
    };
    assert_eq!(trailer.verified_by(seen.len() as u64), Some(2), "{name}");

    let trailer_start = trailer.position.byte_offset as usize;
    let mut writer = Writer::new(Vec::with_capacity(file.len()));
    let records: Vec<R> = seen.into_iter().map(Seen::into_record).collect();
    for record in &records {
        writer.write(record).unwrap();
    }
    let written = writer.finish(date).unwrap();
    assert!(written.starts_with(&file[..trailer_start]), "{name}");
    records
}

#[test]
fn days_are_read_completely_and_written_unchanged() {
    for day in days() {
        let issuers: Vec<Issuer> = read(&day.folder, day.date);
        let issues: Vec<Issue> = read(&day.folder, day.date);
        let attributes: Vec<IssueAttribute> = read(&day.folder, day.date);
        let counts = [issuers.len(), issues.len(), attributes.len()];
        assert_eq!(counts, day.records, "{}", day.folder.display());

        let issuer_nums: HashSet<_> = issuers.iter().map(|issuer| issuer.issuer_num).collect();
        let issue_keys: HashSet<_> = (issues.iter())
            .map(|issue| (issue.issuer_num, issue.issue_num))
            .collect();
        assert!(
            issues
                .iter()
                .all(|issue| issuer_nums.contains(&issue.issuer_num))
        );
        assert!(
            (attributes.iter())
                .all(|attribute| issue_keys.contains(&(attribute.issuer_num, attribute.issue_num)))
        );
    }
}
