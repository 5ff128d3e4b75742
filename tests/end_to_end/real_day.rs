//! The real-content day beside the checkout, where it is there; a synthetic one of its size always.

use std::path::{Path, PathBuf};

use cusip_test_support::{TestDatabase, write_synthetic_day};
use tempfile::tempdir;

use crate::command::load_document;
use crate::day;
use crate::load::assert_counts;
use crate::state::{assert_consistent, master_rows, row_versions};

const REAL_DAY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/sec13f-2018q2"
);

#[test]
fn a_whole_day_loads_once_and_is_unchanged_ever_after() {
    let synthetic = tempdir().unwrap();
    write_synthetic_day(synthetic.path(), day(), 1_000, 9);
    assert_loads_once(synthetic.path(), "01-15", [1_000, 9_000, 9_000]);
    if Path::new(REAL_DAY).is_dir() {
        assert_loads_once(Path::new(REAL_DAY), "07-02", [5_923, 8_929, 8_929]);
    }
}

fn assert_loads_once(folder: &Path, day: &str, [issuers, issues, attributes]: [u64; 3]) {
    let database = TestDatabase::migrated();
    let files =
        ["A", "R", "E"].map(|letter| -> PathBuf { folder.join(format!("CED{day}{letter}.PIP")) });
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
