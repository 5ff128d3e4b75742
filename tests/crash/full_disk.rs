//! A full disk on the server.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use cusip_pif::FileKind;
use cusip_synth::{Day, Existing, Options};
use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, await_no_session, cusip_on, day, load_document,
    master_rows, row_versions, write_file,
};
use tempfile::tempdir;

/// A table that cannot grow: its file is `/dev/full`.
struct FullTable {
    file: PathBuf,
    aside: PathBuf,
}

impl FullTable {
    fn fill(database: &TestDatabase, table: &str) -> Self {
        assert_eq!(database.query(&format!("select from {table}")).len(), 0);
        let file = &database.query(&format!(
            "select current_setting('data_directory') || '/' || pg_relation_filepath('{table}')"
        ))[0][0];
        let (file, aside) = (PathBuf::from(file), PathBuf::from(format!("{file}.aside")));
        fs::rename(&file, &aside).expect("the server's data are ours");
        symlink("/dev/full", &file).expect("the server's data are ours");
        Self { file, aside }
    }

    fn free(self) {
        fs::remove_file(&self.file).expect("it is the link");
        fs::rename(self.aside, self.file).expect("the server's data are ours");
    }
}

#[test]
fn full_disk_during_a_merge_is_an_error_and_loses_nothing() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let files = ["R", "E", "A"].map(|letter| folder.path().join(format!("CED01-15{letter}.PIP")));
    let options = Options::new(day())
        .with_issuers(20)
        .with_issues_per_issuer(2);
    let write = |options| {
        Day::new(options)
            .unwrap()
            .write_folder(folder.path(), Existing::Replace)
            .unwrap()
    };
    write(options);
    load_document(&database, &files[..2]).0.assert_done();
    let before = row_versions(&database);
    write(options.with_changed_per_mille(100));

    let full = FullTable::fill(&database, "issue_attribute");
    let (run, document) = load_document(&database, &files);
    run.assert_fails(
        1,
        &[
            "cannot merge the staged records into issue_attribute",
            "No space left on device",
            "Check free disk space",
        ],
    );
    assert_eq!(document["success"], false);
    await_no_session(&database);
    full.free();
    assert_eq!(row_versions(&database), before);
    let jobs = cusip_on(&database, ["jobs", "2", "--output", "json"]).document();
    assert_eq!(jobs["status"], "failed", "{jobs}");
    assert_eq!(jobs["error_code"], "database", "{jobs}");
    assert_consistent(&database);

    let (run, document) = load_document(&database, &files);
    run.assert_done();
    assert_counts(&document, "issuer", [20, 2, 0, 2, 18, 0, 0]);
    assert_counts(&document, "issue", [40, 4, 0, 4, 36, 0, 0]);
    assert_counts(&document, "issue_attr", [40, 40, 40, 0, 0, 0, 0]);
    assert_eq!(master_rows(&database), [20, 40, 40]);
    assert_consistent(&database);
}

#[test]
fn full_disk_while_rejects_are_copied_is_an_error_and_loses_nothing() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let good = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[good]);
    load_document(&database, [&file]).0.assert_done();
    let before = row_versions(&database);
    let changed = good.replace("APPLE INC", "APPLE");
    let file = write_file(
        folder.path(),
        day(),
        FileKind::Issuer,
        &[&changed, "too|few"],
    );
    let load = [file.to_str().unwrap(), "--max-rejects", "1"];

    let full = FullTable::fill(&database, "load_reject");
    let (run, _) = load_document(&database, load);
    run.assert_fails(1, &["cannot log the rejects", "No space left on device"]);
    await_no_session(&database);
    full.free();
    assert_eq!(row_versions(&database), before);
    assert_consistent(&database);

    let (run, document) = load_document(&database, load);
    run.assert_done();
    assert_counts(&document, "issuer", [2, 1, 0, 1, 0, 1, 0]);
    assert_consistent(&database);
}
