//! Files of a day that were loaded before, or are most likely of another year or day.

use std::fs;
use std::path::Path;

use cusip_pif::{Date, FileKind};
use cusip_synth::{Day, Options};
use cusip_test_support::{
    Run, TestDatabase, assert_consistent, assert_counts, cusip_on, day, load_document, master_rows,
    row_versions, set_last_modified, write_file, write_synthetic_day,
};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

const NOTHING: [u64; 7] = [0; 7];

fn folder() -> TempDir {
    let folder = tempdir().expect("a temporary folder");
    write_synthetic_day(folder.path(), day(), 20, 5);
    folder
}

fn date(text: &str) -> Date {
    let number = |range| str::parse(&text[range]).expect("a number");
    Date::new(number(0..4), number(5..7) as u8, number(8..10) as u8).expect("a day")
}

fn load_day(database: &TestDatabase, folder: &Path, day: &str, options: &[&str]) -> (Run, Value) {
    let folder = folder.to_str().expect("a path in UTF-8");
    let arguments = ["--date", day, "--file-dir", folder];
    load_document(database, arguments.iter().chain(options))
}

#[track_caller]
fn loaded(database: &TestDatabase, folder: &Path, day: &str, options: &[&str]) -> Value {
    let (run, document) = load_day(database, folder, day, options);
    run.assert_done();
    assert_consistent(database);
    document
}

#[track_caller]
fn refused(
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
    let message = document["message"].as_str().expect("a text");
    assert_eq!(on_record, [["failed", code, message]]);
    assert_eq!(row_versions(database), before);
    assert_consistent(database);
}

fn option(database: &TestDatabase, job: i64, name: &str) -> String {
    let query = format!("select options ->> '{name}' from load_job where id = {job}");
    database.query(&query)[0][0].clone()
}

#[test]
fn known_day_writes_nothing() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    let before = row_versions(&database);
    let document = loaded(&database, folder.path(), "2024-01-15", &[]);
    assert_eq!(document["success"], true);
    assert_eq!(
        document["message"],
        "nothing to do: every file was loaded before"
    );
    for kind in ["issuer", "issue", "issue_attr"] {
        assert_counts(&document, kind, NOTHING);
    }
    for file in document["results"].as_array().unwrap() {
        assert_eq!(file["status"], "skipped", "{file}");
        assert_eq!(file["already_loaded_by"], 1, "{file}");
    }
    assert_eq!(row_versions(&database), before);
    let on_record = database.query(
        "select job_id, kind, status, already_loaded_by from load_file where job_id = 2 order by id",
    );
    let expected = ["issuer", "issue", "issue_attr"].map(|kind| ["2", kind, "skipped", "1"]);
    assert_eq!(on_record, expected);
    let shown = cusip_on(&database, ["jobs", "2"]);
    assert!(shown.stdout.contains("job 1 had loaded it"), "{shown:?}");
}

#[test]
fn copies_with_newer_times_are_recognized_by_content() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    for entry in fs::read_dir(folder.path()).unwrap() {
        set_last_modified(&entry.unwrap().path(), date("2024-01-18"));
    }
    let document = loaded(&database, folder.path(), "2024-01-15", &[]);
    assert_eq!(document["results"][2]["already_loaded_by"], 1);
}

#[test]
fn force_loads_a_known_day() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    let before = row_versions(&database);
    let document = loaded(&database, folder.path(), "2024-01-15", &["--force"]);
    assert_counts(&document, "issue", [100, 0, 0, 0, 100, 0, 0]);
    assert_eq!(document["results"][1].get("already_loaded_by"), None);
    assert_eq!(row_versions(&database), before);
    assert_eq!(option(&database, 1, "force"), "false");
    assert_eq!(option(&database, 2, "force"), "true");
}

#[test]
fn same_name_with_other_content_loads_and_so_does_a_reverted_correction() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    let corrected = tempdir().unwrap();
    let options = Options::new(day())
        .with_issuers(20)
        .with_issues_per_issuer(5);
    Day::new(options.with_changed_per_mille(200))
        .unwrap()
        .write_folder(corrected.path())
        .unwrap();

    let document = loaded(&database, corrected.path(), "2024-01-15", &[]);
    let changed = document["results"][1]["rows_updated"].as_u64().unwrap()
        + document["results"][1]["rows_inserted"].as_u64().unwrap();
    assert!(changed > 0, "{document}");
    let document = loaded(&database, folder.path(), "2024-01-15", &[]);
    assert!(
        document["results"][1]["rows_updated"].as_u64().unwrap() > 0,
        "{document}"
    );
    let document = loaded(&database, folder.path(), "2024-01-15", &[]);
    assert_eq!(document["results"][1]["already_loaded_by"], 3, "{document}");
}

#[test]
fn only_the_corrected_file_of_a_day_is_loaded_again() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    let issuer = "999999||NEW ISSUER||||||||C|A||A|CA|2024-01-15";
    write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    let document = loaded(&database, folder.path(), "2024-01-15", &[]);
    assert_counts(&document, "issuer", [1, 1, 1, 0, 0, 0, 0]);
    assert_counts(&document, "issue", NOTHING);
    assert_eq!(document["results"][1]["already_loaded_by"], 1);
    assert_eq!(
        document["message"],
        "loaded 1 records: 1 inserted, 0 updated, 0 unchanged, 0 rejected, 0 superseded, \
         2 files were loaded before"
    );
}

#[test]
fn known_file_that_had_rejects_says_so() {
    let database = TestDatabase::migrated();
    let folder = folder();
    let issues = ["037833|10||COM||||||A||||||A|2024-01-15"];
    write_file(folder.path(), day(), FileKind::Issue, &issues);
    write_file(
        folder.path(),
        day(),
        FileKind::IssueAttribute,
        &[] as &[&str],
    );
    let document = loaded(
        &database,
        folder.path(),
        "2024-01-15",
        &["--max-rejects", "1"],
    );
    assert_counts(&document, "issue", [1, 0, 0, 0, 0, 1, 0]);
    let document = loaded(&database, folder.path(), "2024-01-15", &[]);
    let warnings = document["results"][1]["warnings"].to_string();
    assert!(
        warnings.contains("job 1 had loaded it with 1 rejects"),
        "{warnings}"
    );
}

#[test]
fn files_of_another_year_are_refused_unless_any_age_is_allowed() {
    let database = TestDatabase::migrated();
    let folder = folder();
    let next_year = tempdir().unwrap();
    for kind in ["R", "E", "A"] {
        let name = |day| format!("CED01-{day}{kind}.PIP");
        let path = next_year.path().join(name(14));
        fs::copy(folder.path().join(name(15)), &path).unwrap();
        set_last_modified(&path, day());
    }
    let says = [
        "CED01-14R.PIP\" was last changed 365 days before 2025-01-14",
        "--max-age-days",
    ];
    let next = (next_year.path(), "2025-01-14", [].as_slice());
    refused(&database, next, "stale_file", &says);
    assert_eq!(master_rows(&database), [0, 0, 0]);

    let allowed = ["--max-age-days", "0"];
    loaded(&database, next_year.path(), "2025-01-14", &allowed);
    assert_eq!(option(&database, 2, "max_age_days"), "0");
}

#[test]
fn file_age_limit_counts_days_before_and_after() {
    let database = TestDatabase::migrated();
    for (modified, allowed) in [
        ("2024-01-08", true),
        ("2024-01-07", false),
        ("2024-01-22", true),
        ("2024-01-23", false),
    ] {
        let folder = folder();
        let issuers = folder.path().join("CED01-15R.PIP");
        set_last_modified(&issuers, date(modified));
        if allowed {
            loaded(&database, folder.path(), "2024-01-15", &["--force"]);
        } else {
            let day = (folder.path(), "2024-01-15", ["--force"].as_slice());
            refused(&database, day, "stale_file", &["8 days", "2024-01-15"]);
            loaded(
                &database,
                folder.path(),
                "2024-01-15",
                &["--force", "--max-age-days", "8"],
            );
        }
    }
}

#[test]
fn older_day_is_refused_unless_allowed() {
    let database = TestDatabase::migrated();
    let older = folder();
    let newer = tempdir().unwrap();
    write_synthetic_day(newer.path(), date("2024-01-16"), 21, 5);
    loaded(&database, newer.path(), "2024-01-16", &[]);
    let says = [
        "the day 2024-01-15 is older than 2024-01-16, which job 1 loaded for the kind issuer",
        "--allow-older",
    ];
    let day = (older.path(), "2024-01-15", ["--force"].as_slice());
    refused(&database, day, "older_day", &says);
    loaded(&database, older.path(), "2024-01-15", &["--allow-older"]);
    assert_eq!(option(&database, 3, "allow_older"), "true");

    let document = loaded(&database, older.path(), "2024-01-15", &[]);
    assert_eq!(document["results"][0]["already_loaded_by"], 3);
}

#[test]
fn named_files_load_at_any_age() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    let files = ["R", "E", "A"].map(|kind| folder.path().join(format!("CED01-15{kind}.PIP")));
    set_last_modified(&files[0], date("2001-01-15"));
    let (run, document) = load_document(&database, &files);
    run.assert_done();
    assert_counts(&document, "issuer", [20, 0, 0, 0, 20, 0, 0]);
    assert_consistent(&database);
}

#[test]
fn same_content_under_another_day_loads_with_a_warning() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    for kind in ["R", "E", "A"] {
        let name = |day| folder.path().join(format!("CED01-{day}{kind}.PIP"));
        fs::copy(name("15"), name("16")).unwrap();
        set_last_modified(&name("16"), date("2024-01-16"));
    }
    let document = loaded(&database, folder.path(), "2024-01-16", &[]);
    assert_counts(&document, "issuer", [20, 0, 0, 0, 20, 0, 0]);
    let warnings = &document["results"][0]["warnings"];
    let same = "it is the same, byte by byte, as the file of 2024-01-15 that job 1 loaded";
    assert_eq!(warnings, &json!([same]));
}

#[test]
fn missing_day_is_recorded() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let (run, document) = load_day(&database, folder.path(), "2024-01-15", &[]);
    run.assert_fails(4, &["CED01-15R.PIP", "no PIF file at all"]);
    assert_eq!(document["job_id"], 1);
    let on_record = database.query("select status, load_date, error_code from load_job");
    assert_eq!(on_record, [["failed", "2024-01-15", "day_not_found"]]);
    assert_consistent(&database);
}

#[test]
fn incomplete_day_loads_what_is_there_if_allowed() {
    let database = TestDatabase::migrated();
    let folder = folder();
    fs::remove_file(folder.path().join("CED01-15A.PIP")).unwrap();
    let (run, _) = load_day(&database, folder.path(), "2024-01-15", &[]);
    run.assert_fails(
        4,
        &["CED01-15A.PIP", "there is CED01-15R.PIP, CED01-15E.PIP"],
    );
    assert_eq!(master_rows(&database), [0, 0, 0]);
    loaded(&database, folder.path(), "2024-01-15", &["--allow-partial"]);
    assert_eq!(master_rows(&database), [20, 100, 0]);
    assert_eq!(option(&database, 2, "allow_partial"), "true");
}

#[test]
fn day_is_loaded_again_after_its_rows_were_undone() {
    let database = TestDatabase::migrated();
    let newer = folder();
    let older = tempdir().unwrap();
    let options = Options::new(date("2024-01-14"))
        .with_issuers(20)
        .with_issues_per_issuer(5);
    Day::new(options.with_changed_per_mille(300))
        .unwrap()
        .write_folder(older.path())
        .unwrap();
    loaded(&database, newer.path(), "2024-01-15", &[]);
    loaded(&database, older.path(), "2024-01-14", &["--allow-older"]);
    let document = loaded(&database, newer.path(), "2024-01-15", &[]);
    let updated = document["results"][1]["rows_updated"].as_u64().unwrap();
    assert!(updated > 0, "{document}");
    let document = loaded(&database, newer.path(), "2024-01-15", &[]);
    assert_eq!(document["results"][1]["already_loaded_by"], 3, "{document}");
}
