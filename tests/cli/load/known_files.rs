//! Files that were loaded before.

use std::fs;

use cusip_pif::FileKind;
use cusip_synth::{Day, Existing, Options};
use cusip_test_support::{
    TestDatabase, assert_counts, cusip_on, day, row_versions, set_last_modified, write_file,
};
use tempfile::tempdir;

use super::day_folder::{date, folder, loaded, option};

const NOTHING: [u64; 7] = [0; 7];

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
    assert!(shown.stdout.contains("job 1 loaded it before"), "{shown:?}");
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
        .write_folder(corrected.path(), Existing::Replace)
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
        warnings.contains("job 1 loaded it with 1 rejects"),
        "{warnings}"
    );
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
        .write_folder(older.path(), Existing::Replace)
        .unwrap();
    loaded(&database, newer.path(), "2024-01-15", &[]);
    loaded(&database, older.path(), "2024-01-14", &["--allow-older"]);
    let document = loaded(&database, newer.path(), "2024-01-15", &[]);
    let updated = document["results"][1]["rows_updated"].as_u64().unwrap();
    assert!(updated > 0, "{document}");
    let document = loaded(&database, newer.path(), "2024-01-15", &[]);
    assert_eq!(document["results"][1]["already_loaded_by"], 3, "{document}");
}
