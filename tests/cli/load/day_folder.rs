//! Loads of a folder that contains the files of a day.

use std::path::Path;

use cusip_pif::Date;
use cusip_test_support::{
    Run, TestDatabase, assert_consistent, day, load_document, row_versions, write_synthetic_day,
};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// Writes a synthetic day.
pub(super) fn folder() -> TempDir {
    let folder = tempdir().expect("a temporary folder");
    write_synthetic_day(folder.path(), day(), 20, 5);
    folder
}

/// Parses a date as `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Date {
    let number = |range| str::parse(&text[range]).expect("a number");
    Date::new(number(0..4), number(5..7) as u8, number(8..10) as u8).expect("a day")
}

/// Loads a day from a folder.
pub(super) fn load_day(
    database: &TestDatabase,
    folder: &Path,
    day: &str,
    options: &[&str],
) -> (Run, Value) {
    let folder = folder.to_str().expect("a path in UTF-8");
    let arguments = ["--date", day, "--file-dir", folder];
    load_document(database, arguments.iter().chain(options))
}

/// Loads a day from a folder, asserts success, and returns the document.
#[track_caller]
pub(super) fn loaded(database: &TestDatabase, folder: &Path, day: &str, options: &[&str]) -> Value {
    let (run, document) = load_day(database, folder, day, options);
    run.assert_done();
    assert_consistent(database);
    document
}

/// Asserts that a load is refused with this error code and message, and changes nothing.
#[track_caller]
pub(super) fn refused(
    database: &TestDatabase,
    (folder, day, options): (&Path, &str, &[&str]),
    code: &str,
    says: &[&str],
) {
    let before = row_versions(database);
    let (run, document) = load_day(database, folder, day, options);
    run.assert_fails(1, says);
    let job = document["job_id"].as_i64().expect("a number");
    let on_record = database.query(&format!(
        "select status, error_code, error from load_job where id = {job}"
    ));
    assert_eq!(on_record[0][..2], ["failed", code]);
    // Only the program's message names the flag that allows what was refused.
    let message = document["message"].as_str().expect("a text");
    let flag = message
        .strip_prefix(&on_record[0][2])
        .expect("the same error");
    assert!(flag.is_empty() || flag.starts_with(" (--"), "{message}");
    assert_eq!(row_versions(database), before);
    assert_consistent(database);
}

/// Returns an option of a job.
pub(super) fn option(database: &TestDatabase, job: i64, name: &str) -> String {
    let query = format!("select options ->> '{name}' from load_job where id = {job}");
    database.query(&query)[0][0].clone()
}
