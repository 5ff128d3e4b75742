//! What a load prints at its end: summary, warnings, and the JSON document.

use cusip_pif::FileKind;
use cusip_test_support::{
    TestDatabase, cusip, cusip_on, day, load_document, write_file, write_synthetic_day,
};
use tempfile::tempdir;

#[test]
fn summary_shows_what_was_loaded() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 400);
    let folder = folder.path().to_str().unwrap();
    let run = cusip_on(
        &database,
        ["load", "--date", "2024-01-15", "--file-dir", folder],
    );
    run.assert_done();
    let lines: Vec<_> = run.stdout.lines().collect();
    let words = |line: &str| {
        line.split_whitespace()
            .take(7)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        words(lines[0]),
        "type read inserted updated unchanged rejected superseded"
    );
    assert_eq!(words(lines[2]), "issue 1,200 1,200 0 0 0 0");
    assert!(
        lines[4].starts_with("job 1: loaded 2403 records: 2403 inserted, 0 updated"),
        "{run:?}"
    );
    assert_eq!(
        run.stderr, "",
        "nothing is amiss, and there is no terminal for progress"
    );
}

#[test]
fn failed_loads_return_the_same_document_whatever_the_cause() {
    let folder = tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let run = cusip([
        "load",
        "--date",
        "2024-01-15",
        "--file-dir",
        path,
        "--output",
        "json",
    ]);
    run.assert_fails(4, &["CED01-15R.PIP"]);
    let document = run.document();
    assert_eq!(document["success"], false);
    assert_eq!(document["date"], "2024-01-15");
    assert_eq!(document["job_id"], serde_json::Value::Null);
    assert_eq!(document["results"], serde_json::json!([]));
    assert!(
        document["message"]
            .as_str()
            .unwrap()
            .contains("CED01-15R.PIP")
    );
}

#[test]
fn empty_file_after_a_full_one_produces_a_warning() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let empty = folder.path().join("CED01-16R.PIP");
    std::fs::write(&empty, "999999|0\n").unwrap();
    let warnings = |options: &[&str]| {
        let file = empty.to_str().unwrap();
        let (run, document) = load_document(&database, [&[file], options].concat());
        run.assert_done();
        document["results"][0]["warnings"].to_string()
    };
    // An empty file may be the first one of all.
    assert_eq!(warnings(&[]), "[]");
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let full = write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    load_document(&database, [&full]).0.assert_done();
    let warning = "it has no records, but the last file of its kind, loaded by job 2, had 1";
    assert!(warnings(&[]).contains(warning));
    std::fs::write(&empty, "").unwrap();
    assert!(warnings(&["--allow-missing-trailer"]).contains(warning));
}

#[test]
fn file_loaded_without_trailer_produces_a_warning() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    std::fs::write(&file, "037833||APPLE INC||||||||C|A||A|CA|2024-01-15\n").unwrap();
    let file = file.to_str().unwrap();
    let run = cusip_on(&database, ["load", file, "--allow-missing-trailer"]);
    run.assert_done();
    assert!(
        run.stdout.contains("warning: issuer: there is no trailer"),
        "{run:?}"
    );
}
