//! Days of a few records that a test gives.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

use cusip_pif::{Date, FileKind};
use cusip_test_support::{TestDatabase, cusip_on, write_file};
use tempfile::tempdir;

/// Loads a day of January 2024 with these issuers and issues, and the attributes of 037833AA.
pub(crate) fn load_day(database: &TestDatabase, day: u8, issuers: &[&str], issues: &[&str]) {
    let folder = tempdir().unwrap();
    let date = Date::new(2024, 1, day).unwrap();
    write_file(folder.path(), date, FileKind::Issuer, issuers);
    write_file(folder.path(), date, FileKind::Issue, issues);
    let attribute = format!("037833|AA|||||||4|USD|US||||{}||12.5|B", "|".repeat(35));
    write_file(folder.path(), date, FileKind::IssueAttribute, &[attribute]);
    let (date, folder) = (date.to_string(), folder.path().to_str().unwrap());
    cusip_on(database, ["load", "--date", &date, "--file-dir", folder]).assert_done();
}
