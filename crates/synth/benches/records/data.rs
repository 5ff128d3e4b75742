//! The files of a synthetic day, generated once and kept in memory.

use std::sync::OnceLock;

use cusip_pif::{Date, FileKind, Record, Trailer};
use cusip_synth::{Day, Options};

/// The number of records in each file: so few that most runs finish without an interruption.
pub(crate) const RECORDS: u64 = 20_000;

/// The number of bytes that are read at a time.
pub(crate) const BUFFER_BYTES: usize = 64 * 1024;

/// Returns the file for a kind of record, as it would be delivered.
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

/// Returns the file without its trailer, which `csv` would not understand.
pub(crate) fn file_without_trailer<R: Record>() -> &'static [u8] {
    let file = file::<R>();
    let trailer_start = format!("\n{}|", Trailer::NUMBER);
    let line_end = memchr::memmem::rfind(file, trailer_start.as_bytes()).unwrap();
    &file[..=line_end]
}

/// Returns the file with an `é` of Windows-1252 as the first letter of the first name of every
/// third record, unless it is not ASCII.
pub(crate) fn file_in_windows_1252<R: Record>() -> Vec<u8> {
    let mut file = file::<R>().to_vec();
    let index = (R::LAYOUT.fields.iter()).position(|field| field.name.ends_with("_1"));
    let index = index.unwrap();
    let lines = file.split_mut(|&byte| byte == b'\n');
    for line in lines.step_by(3).take(RECORDS as usize / 3 + 1) {
        let mut fields = line.split_mut(|&byte| byte == b'|');
        match fields.nth(index) {
            Some(name) if name.is_ascii() && !name.is_empty() => name[0] = 0xE9,
            _ => {}
        }
    }
    file
}
