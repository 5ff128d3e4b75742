//! The log.

use std::fs::{File, OpenOptions};
use std::process::Stdio;

use cusip_test_support::{
    TestDatabase, assert_consistent, day, master_rows, program, write_synthetic_day,
};
use tempfile::tempdir;

#[test]
fn load_succeeds_even_if_its_log_cannot_be_written() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    let full = || -> Stdio {
        OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .map(File::into)
            .unwrap()
    };
    let status = program("cusip")
        .args([
            "load",
            "--log",
            "debug",
            "--date",
            "2024-01-15",
            "--file-dir",
        ])
        .arg(folder.path())
        .args(database.arguments())
        .stdout(Stdio::null())
        .stderr(full())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(master_rows(&database), [3, 6, 6]);
    assert_consistent(&database);
}
