//! Files of a day.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use cusip_pif::{Date, FileKind, PifFileName};
use cusip_synth::{Day, Existing, Options};

/// Writes a synthetic day of `issuers` issuers with `issues_per_issuer` issues each into the folder.
///
/// # Panics
///
/// If the files cannot be written.
pub fn write_synthetic_day(folder: &Path, date: Date, issuers: u32, issues_per_issuer: u16) {
    let options = Options::new(date)
        .with_issuers(issuers)
        .with_issues_per_issuer(issues_per_issuer);
    let day = Day::new(options).expect("the numbers are in range");
    day.write_folder(folder, Existing::Replace)
        .expect("the folder can be written to");
}

/// Writes a file of these records under its usual name, with a trailer that counts them, and returns
/// its path.
///
/// # Panics
///
/// If the file cannot be written.
pub fn write_file(
    folder: &Path,
    date: Date,
    kind: FileKind,
    records: &[impl AsRef<[u8]>],
) -> std::path::PathBuf {
    let mut file = Vec::new();
    for record in records {
        file.extend_from_slice(record.as_ref());
        file.extend_from_slice(b"\r\n");
    }
    file.extend_from_slice(format!("999999|{:010}|{date}\r\n", records.len()).as_bytes());
    let path = folder.join(PifFileName::new(date, kind).to_string());
    std::fs::write(&path, file).expect("the folder can be written to");
    set_last_modified(&path, date);
    path
}

/// Sets a file's last modification to noon of this day (UTC).
///
/// # Panics
///
/// If there is no such file, or for a day before 1970.
pub fn set_last_modified(path: &Path, date: Date) {
    let days = u64::try_from(date.days_since_unix_epoch()).expect("a day of our time");
    let file = File::options()
        .append(true)
        .open(path)
        .expect("the file is there");
    let noon = UNIX_EPOCH + Duration::from_secs(days * 86_400 + 43_200);
    file.set_modified(noon).expect("the file is ours");
}
