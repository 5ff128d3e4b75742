//! `cusip load --dry-run`, which does everything except the commit.

use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, cusip_on, day, load_document, master_rows,
    row_versions, write_synthetic_day,
};
use serde_json::Value;
use tempfile::tempdir;

fn load(database: &TestDatabase, folder: &str, options: &[&str]) -> Value {
    let arguments = ["--date", "2024-01-15", "--file-dir", folder];
    let (run, document) = load_document(database, arguments.iter().chain(options));
    run.assert_done();
    assert_consistent(database);
    document
}

#[test]
fn dry_run_reports_what_a_load_would_do_and_changes_nothing() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 20, 5);
    let folder = folder.path().to_str().unwrap();
    let before = row_versions(&database);
    let rehearsed = load(&database, folder, &["--dry-run"]);
    assert_eq!(rehearsed["dry_run"], true);
    assert_eq!(rehearsed["success"], true);
    assert_counts(&rehearsed, "issue", [100, 100, 100, 0, 0, 0, 0]);
    let message = rehearsed["message"].as_str().unwrap();
    assert!(
        message.starts_with("dry run, rolled back: 220 records: 220 inserted"),
        "{message}"
    );
    assert_eq!(row_versions(&database), before);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_eq!(
        database.query("select status, rows_inserted, already_loaded_by is null from load_file"),
        [
            ["skipped", "20", "t"],
            ["skipped", "100", "t"],
            ["skipped", "100", "t"]
        ]
    );
    let listed = cusip_on(&database, ["jobs"]);
    assert!(listed.stdout.contains("succeeded (dry run)"), "{listed:?}");

    let loaded = load(&database, folder, &[]);
    let results = |report: &Value| -> Vec<Value> {
        let mut files = report["results"].as_array().unwrap().clone();
        for file in &mut files {
            let file = file.as_object_mut().unwrap();
            file.retain(|key, _| key != "file_id" && key != "phase_ms");
        }
        files
    };
    assert_eq!(results(&loaded), results(&rehearsed));
    assert_eq!(loaded.get("dry_run"), None);
    assert_eq!(master_rows(&database), [20, 100, 100]);
}

#[test]
fn dry_run_keeps_rejects_and_ends_like_the_load() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    std::fs::write(&file, "037833|too few\n999999|1\n").unwrap();
    let file = file.to_str().unwrap();
    let run = cusip_on(&database, ["load", file, "--dry-run"]);
    run.assert_fails(3, &["1 of 1 records were rejected"]);
    let kept = database.query(
        "select file.job_id, rule from load_reject join load_file as file on file.id = file_id",
    );
    assert_eq!(kept, [["1", "field_count"]]);
    assert_consistent(&database);
}
