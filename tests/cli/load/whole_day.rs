//! A whole day: always a synthetic one, and a real one if it is beside the checkout.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, cusip, day, load_document, master_rows,
    open_folder, row_versions, write_synthetic_day,
};
use tempfile::tempdir;

const REAL_DAY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/sec13f-2018q2"
);

#[test]
fn whole_day_loads_in_any_order_and_then_stays_unchanged() {
    let synthetic = tempdir().unwrap();
    write_synthetic_day(synthetic.path(), day(), 1_000, 9);
    assert_loads_once(
        synthetic.path(),
        "01-15",
        ["A", "R", "E"],
        [1_000, 9_000, 9_000],
    );
    if Path::new(REAL_DAY).is_dir() {
        for order in [
            ["A", "R", "E"],
            ["E", "A", "R"],
            ["R", "E", "A"],
            ["A", "E", "R"],
        ] {
            assert_loads_once(Path::new(REAL_DAY), "07-02", order, [5_923, 8_929, 8_929]);
        }
    }
}

#[test]
fn whole_day_loads_into_an_embedded_server_and_then_stays_unchanged() {
    let synthetic = tempdir().unwrap();
    let (files, counts) = if Path::new(REAL_DAY).is_dir() {
        (
            paths(Path::new(REAL_DAY), "07-02", ["E", "A", "R"]),
            [5_923, 8_929, 8_929],
        )
    } else {
        write_synthetic_day(synthetic.path(), day(), 1_000, 9);
        (
            paths(synthetic.path(), "01-15", ["E", "A", "R"]),
            [1_000, 9_000, 9_000],
        )
    };
    let parent = open_folder();
    let data = parent.path().join("private");
    let arguments = |output: &[&str]| {
        let mut embedded = OsString::from("--embedded=");
        embedded.push(&data);
        let output = output.iter().map(|text| (*text).into());
        let files = files.iter().map(|file| file.as_os_str().to_owned());
        [OsString::from("load"), embedded]
            .into_iter()
            .chain(output)
            .chain(files)
            .collect::<Vec<_>>()
    };
    for unchanged in [false, true] {
        let run = cusip(arguments(&["--output", "json"]));
        run.assert_done();
        let document = run.document();
        for (kind, rows) in ["issuer", "issue", "issue_attr"].into_iter().zip(counts) {
            let expected = if unchanged {
                [rows, 0, 0, 0, rows, 0, 0]
            } else {
                [rows, rows, rows, 0, 0, 0, 0]
            };
            assert_counts(&document, kind, expected);
        }
    }
}

fn paths(folder: &Path, day: &str, letters: [&str; 3]) -> [PathBuf; 3] {
    letters.map(|letter| folder.join(format!("CED{day}{letter}.PIP")))
}

fn assert_loads_once(
    folder: &Path,
    day: &str,
    order: [&str; 3],
    [issuers, issues, attributes]: [u64; 3],
) {
    let database = TestDatabase::migrated();
    let files = paths(folder, day, order);
    let (run, document) = load_document(&database, &files);
    run.assert_done();
    assert_counts(&document, "issuer", [issuers, issuers, issuers, 0, 0, 0, 0]);
    assert_counts(&document, "issue", [issues, issues, issues, 0, 0, 0, 0]);
    assert_counts(
        &document,
        "issue_attr",
        [attributes, attributes, attributes, 0, 0, 0, 0],
    );
    assert_eq!(master_rows(&database), [issuers, issues, attributes]);
    let before = row_versions(&database);
    let (run, document) = load_document(&database, &files);
    run.assert_done();
    assert_counts(&document, "issuer", [issuers, 0, 0, 0, issuers, 0, 0]);
    assert_counts(&document, "issue", [issues, 0, 0, 0, issues, 0, 0]);
    assert_counts(
        &document,
        "issue_attr",
        [attributes, 0, 0, 0, attributes, 0, 0],
    );
    assert_eq!(
        row_versions(&database),
        before,
        "the second load has written rows"
    );
    assert_consistent(&database);
}
