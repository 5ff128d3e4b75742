//! The files that are read: of a synthetic day, in memory, made once.

use std::sync::OnceLock;

use cusip_pif::{Date, FileKind, Record, Trailer};
use cusip_synth::{Day, Options};

/// How many records each file has: so few that a run is over before it is interrupted, mostly.
pub(crate) const RECORDS: u64 = 20_000;

/// How much of a file is read at a time.
pub(crate) const BUFFER_BYTES: usize = 64 * 1024;

/// Returns the file of the record's kind, as it would be delivered.
pub(crate) fn file<R: Record>() -> &'static [u8] {
    static FILES: [OnceLock<Vec<u8>>; 3] = [const { OnceLock::new() }; 3];
    FILES[R::LAYOUT.kind as usize].get_or_init(|| {
        let (issuers, issues_per_issuer) = match R::LAYOUT.kind {
            FileKind::Issuer => (RECORDS as u32, 0),
            FileKind::Issue | FileKind::IssueAttribute => (RECORDS as u32 / 20, 20),
        };
        let options = Options::new(Date::new(2024, 1, 15).unwrap())
            .with_issuers(issuers)
            .with_issues_per_issuer(issues_per_issuer);
        let day = Day::new(options).unwrap();
        day.write(R::LAYOUT.kind, Vec::new()).unwrap()
    })
}

/// Returns the file without its last line, for a reader to whom that would be a wrong record.
pub(crate) fn file_without_trailer<R: Record>() -> &'static [u8] {
    let file = file::<R>();
    let trailer_start = format!("\n{}|", Trailer::NUMBER);
    let line_end = memchr::memmem::rfind(file, trailer_start.as_bytes()).unwrap();
    &file[..=line_end]
}
