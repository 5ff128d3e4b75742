//! Files that are probably of another day or year, and days that are incomplete.

use std::fs;

use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, cusip_on, day, load_document, master_rows,
    set_last_modified, write_synthetic_day,
};
use serde_json::json;
use tempfile::tempdir;

use super::day_folder::{date, folder, load_day, loaded, option, refused};

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
        "CED01-14R.PIP\" was last modified 365 days before 2025-01-14",
        "--max-age-days",
    ];
    let next = (next_year.path(), "2025-01-14", [].as_slice());
    refused(&database, next, "stale_file", &says);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    // Nothing was read, so there is nothing to count.
    let file_dir = next_year.path().to_str().unwrap();
    let run = cusip_on(
        &database,
        ["load", "--date", "2025-01-14", "--file-dir", file_dir],
    );
    run.assert_fails(1, &says);
    assert!(!run.stdout.contains("inserted"), "{run:?}");

    let allowed = ["--max-age-days", "0"];
    loaded(&database, next_year.path(), "2025-01-14", &allowed);
    assert_eq!(option(&database, 3, "max_age_days"), "0");
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
    let same = "it is identical, byte for byte, to the file for 2024-01-15 that job 1 loaded";
    assert_eq!(warnings, &json!([same]));
}

#[test]
fn names_that_nearly_match_are_shown() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let names = [
        "CED01-15R.PIP.gz",
        "CED01-15E.PIP.filepart",
        "CED01-15-2024R.PIP",
        "ced0115a.pip",
    ];
    for name in names {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let (run, _) = load_day(&database, folder.path(), "2024-01-15", &[]);
    run.assert_fails(
        4,
        &["CED01-15R.PIP, CED01-15E.PIP, CED01-15A.PIP not found"],
    );
    run.assert_fails(4, &names);
    run.assert_fails(4, &["names must be exactly like those"]);
}

#[test]
fn day_in_the_future_is_refused_whatever_is_allowed() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), date("2098-11-24"), 1, 1);
    let all = [
        "--max-age-days",
        "0",
        "--allow-older",
        "--force",
        "--allow-partial",
    ];
    for day in ["2098-11-24", "9999-11-24"] {
        let says = [
            &*format!("the day {day} is in the future"),
            "check the date",
        ];
        refused(&database, (folder.path(), day, &all), "future_day", &says);
    }
}

/// Before days in the future were refused, one of them kept out all real days.
#[test]
fn day_in_the_future_that_was_loaded_before_does_not_keep_out_real_days() {
    let database = TestDatabase::migrated();
    let folder = folder();
    loaded(&database, folder.path(), "2024-01-15", &[]);
    database.execute(
        "update load_job set load_date = '9999-11-24';
         update load_file set load_date = '9999-11-24'",
    );
    loaded(&database, folder.path(), "2024-01-15", &[]);
    let older = tempdir().unwrap();
    write_synthetic_day(older.path(), date("2024-01-14"), 20, 5);
    let says = ["is older than 2024-01-15, which job 2 loaded"];
    refused(
        &database,
        (older.path(), "2024-01-14", &[]),
        "older_day",
        &says,
    );
}

#[test]
fn named_files_of_different_days_load_with_a_warning() {
    let database = TestDatabase::migrated();
    let folder = folder();
    write_synthetic_day(folder.path(), date("2024-01-16"), 20, 5);
    let file = |name: &str| folder.path().join(name);
    let warnings = |document: &serde_json::Value| {
        let results = document["results"].as_array().unwrap().iter();
        let warnings = results.map(|result| result["warnings"].to_string());
        warnings.collect::<Vec<_>>()
    };
    let (run, document) = load_document(&database, [file("CED01-15R.PIP"), file("CED01-16E.PIP")]);
    run.assert_done();
    let [of_issuers, of_issues] = &warnings(&document)[..] else {
        panic!("{document}");
    };
    let says = "it is named for 01-15, but another file of this load is for 01-16";
    assert!(of_issuers.contains(says), "{of_issuers}");
    assert_eq!(of_issues, "[]");

    loaded(&database, folder.path(), "2024-01-16", &["--allow-partial"]);
    let (run, document) = load_document(&database, [file("CED01-15R.PIP")]);
    run.assert_done();
    let says = "it is named for 01-15, but job 2 loaded the newer day 2024-01-16";
    assert!(warnings(&document)[0].contains(says), "{document}");
    let (_, document) = load_document(&database, [file("CED01-16R.PIP")]);
    assert_eq!(warnings(&document), ["[]"]);
    assert_consistent(&database);
}

#[test]
fn missing_day_is_recorded() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let (run, document) = load_day(&database, folder.path(), "2024-01-15", &[]);
    run.assert_fails(4, &["CED01-15R.PIP", "no file at all"]);
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
    run.assert_fails(4, &["CED01-15A.PIP", "found CED01-15R.PIP, CED01-15E.PIP"]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    loaded(&database, folder.path(), "2024-01-15", &["--allow-partial"]);
    assert_eq!(master_rows(&database), [20, 100, 0]);
    assert_eq!(option(&database, 2, "allow_partial"), "true");
}
