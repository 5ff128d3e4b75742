//! Loads of a day: the first one, repetitions, and changes.

use std::fs;

use cusip_pif::{Date, FileKind};
use cusip_synth::{Day, Existing, Options};
use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, cusip_on, cusip_reading, day, load_document,
    master_rows, row_versions, write_file, write_synthetic_day,
};
use tempfile::tempdir;

#[test]
fn day_loads_in_any_file_order_and_a_second_load_writes_nothing() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 60, 7);
    let files =
        ["CED01-15A.PIP", "CED01-15R.PIP", "CED01-15E.PIP"].map(|name| folder.path().join(name));
    let (run, document) = load_document(&database, &files);
    run.assert_done();
    assert_eq!(document["success"], true);
    assert_counts(&document, "issuer", [60, 60, 60, 0, 0, 0, 0]);
    assert_counts(&document, "issue", [420, 420, 420, 0, 0, 0, 0]);
    assert_counts(&document, "issue_attr", [420, 420, 420, 0, 0, 0, 0]);
    assert_eq!(master_rows(&database), [60, 420, 420]);
    assert_consistent(&database);

    let before = row_versions(&database);
    let (run, document) = load_document(&database, files.iter().rev());
    run.assert_done();
    assert_counts(&document, "issuer", [60, 0, 0, 0, 60, 0, 0]);
    assert_counts(&document, "issue", [420, 0, 0, 0, 420, 0, 0]);
    assert_counts(&document, "issue_attr", [420, 0, 0, 0, 420, 0, 0]);
    assert_eq!(row_versions(&database), before);
    assert_consistent(&database);
}

#[test]
fn only_changed_records_are_written() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let options = Options::new(day())
        .with_issuers(50)
        .with_issues_per_issuer(10);
    Day::new(options)
        .unwrap()
        .write_folder(folder.path(), Existing::Replace)
        .unwrap();
    let arguments = |folder: &std::path::Path| {
        [
            "--date",
            "2024-01-15",
            "--file-dir",
            folder.to_str().unwrap(),
        ]
        .map(str::to_owned)
    };
    load_document(&database, arguments(folder.path()))
        .0
        .assert_done();
    let changed = Day::new(options.with_changed_per_mille(100)).unwrap();
    changed
        .write_folder(folder.path(), Existing::Replace)
        .unwrap();
    let (run, document) = load_document(&database, arguments(folder.path()));
    run.assert_done();
    assert_counts(&document, "issuer", [50, 5, 0, 5, 45, 0, 0]);
    assert_counts(&document, "issue", [500, 50, 0, 50, 450, 0, 0]);
    assert_counts(&document, "issue_attr", [500, 50, 0, 50, 450, 0, 0]);
    let touched =
        database.query("select count(*) from issue where first_job_id = 1 and last_job_id = 2");
    assert_eq!(touched, [["50"]]);
    assert_consistent(&database);
}

#[test]
fn day_is_found_by_date_in_upper_or_lower_case() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    write_synthetic_day(folder.path(), Date::new(2024, 1, 16).unwrap(), 5, 2);
    fs::rename(
        folder.path().join("CED01-15E.PIP"),
        folder.path().join("ced01-15e.pip"),
    )
    .unwrap();
    let folder = folder.path().to_str().unwrap();
    let (run, document) = load_document(&database, ["--date", "2024-01-15", "--file-dir", folder]);
    run.assert_done();
    assert_eq!(document["date"], "2024-01-15");
    assert_eq!(master_rows(&database), [3, 6, 6]);
    let logged = database.query("select kind, load_date, status, started_by <> '' from load_job");
    assert_eq!(logged, [["load-all", "2024-01-15", "succeeded", "t"]]);
}

#[test]
fn incomplete_day_loads_only_with_allow_partial() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    fs::remove_file(folder.path().join("CED01-15A.PIP")).unwrap();
    let day = [
        "load",
        "--date",
        "2024-01-15",
        "--file-dir",
        folder.path().to_str().unwrap(),
    ];
    let run = cusip_on(&database, day);
    run.assert_fails(
        4,
        &[
            "CED01-15A.PIP not found",
            "found CED01-15R.PIP, CED01-15E.PIP",
        ],
    );
    assert_eq!(master_rows(&database), [0, 0, 0]);
    cusip_on(&database, day.into_iter().chain(["--allow-partial"])).assert_done();
    assert_eq!(master_rows(&database), [3, 6, 0]);
    assert_consistent(&database);
}

#[test]
fn standard_input_is_loaded_as_the_given_type() {
    let database = TestDatabase::migrated();
    let file = "037833|1|APPLE INC||||||||C|A||A|CA|2024-01-15\n999999|1\n";
    let arguments = ["load", "-", "--type", "issuer"].map(str::to_owned);
    let run = cusip_reading(file, arguments.into_iter().chain(database.arguments()));
    run.assert_done();
    assert_eq!(
        database.query("select issuer_name_1 from issuer"),
        [["APPLE INC"]]
    );
}

#[test]
fn values_are_stored_as_they_are_in_the_file() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = "A*@#9Z||\"QUOTED\" \\N \\. NAME |\u{e9}\u{d1}\tTAB\u{b}\u{c}|||||||C|A|01/31/2023|A||20240115";
    let issue = "A*@#9Z|1A||O'BRIEN  || ||||A| 2020-02-29 |  |-7|4.81250|N||";
    let attribute = format!("A*@#9Z|1A{}|C|1234567.5|K", "|".repeat(48));
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &[issuer]),
        write_file(folder.path(), day(), FileKind::Issue, &[issue]),
        write_file(folder.path(), day(), FileKind::IssueAttribute, &[attribute]),
    ];
    load_document(&database, &files).0.assert_done();
    let names = database.query(
        "select issuer_name_1, issuer_name_2, issuer_del_date, issuer_update_date from issuer",
    );
    assert_eq!(
        names,
        [[
            "\"QUOTED\" \\N \\. NAME ",
            "\u{e9}\u{d1}\tTAB\u{b}\u{c}",
            "2023-01-31",
            "2024-01-15"
        ]]
    );
    let issues = database.query(
        "select issue_desc_1, issue_desc_2 is null, issue_adl_1, dated_date, maturity_date is null,
            partial_maturity, rate from issue",
    );
    assert_eq!(
        issues,
        [["O'BRIEN  ", "t", " ", "2020-02-29", "t", "-7", "4.81250"]]
    );
    let attributes = database
        .query("select sale_type, offering_amount, offering_amount_code from issue_attribute");
    assert_eq!(attributes, [["C", "1234567.5", "K"]]);
    assert_consistent(&database);
}

#[test]
fn number_that_gains_a_zero_is_a_change() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let issuers = write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    for (rate, [inserted, updated, unchanged]) in [
        ("4.8", [1, 0, 0]),
        ("4.80", [0, 1, 0]),
        ("4.80", [0, 0, 1]),
        ("04.80", [0, 0, 1]),
    ] {
        let issue = format!("037833|10||NOTE||||||A||||{rate}||A|");
        let issues = write_file(folder.path(), day(), FileKind::Issue, &[issue]);
        let (run, document) = load_document(&database, [&issuers, &issues]);
        run.assert_done();
        let written = inserted + updated;
        assert_counts(
            &document,
            "issue",
            [1, written, inserted, updated, unchanged, 0, 0],
        );
    }
    assert_eq!(database.query("select rate from issue"), [["4.80"]]);
}
