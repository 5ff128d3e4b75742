//! `cusip synth`: synthetic files of a day, or of days that follow each other.

use std::fs;

use cusip_test_support::{TestDatabase, cusip, cusip_on};
use serde_json::Value;
use tempfile::tempdir;

#[test]
fn real_deliveries_are_not_overwritten() {
    let folder = tempdir().unwrap();
    let real = folder.path().join("ced11-23e.pip");
    fs::write(&real, "a real delivery").unwrap();
    let folder_name = folder.path().to_str().unwrap();
    let synth = [
        "synth",
        folder_name,
        "--date",
        "2026-11-23",
        "--issuers",
        "2",
    ];
    let run = cusip(synth);
    run.assert_fails(1, &["ced11-23e.pip\" already exists", "--overwrite"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), "a real delivery");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let other_day = [
        "synth",
        folder_name,
        "--date",
        "2026-11-24",
        "--issuers",
        "2",
    ];
    cusip(other_day).assert_done();
    cusip(other_day).assert_fails(1, &["CED11-24"]);
    cusip(other_day.into_iter().chain(["--overwrite"])).assert_done();
}

#[test]
fn days_that_follow_each_other_load_with_the_reported_changes() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let files = folder.path().to_str().unwrap();
    let days = "--date 2024-01-12 --days 3 --issuers 50 --changed-per-mille 200 --output json";
    let synth = ["synth", files].into_iter().chain(days.split(' '));
    let written = cusip(synth).document();
    let days = written["days"].as_array().unwrap();
    let dates: Vec<_> = days
        .iter()
        .map(|day| day["date"].as_str().unwrap())
        .collect();
    assert_eq!(dates, ["2024-01-12", "2024-01-15", "2024-01-16"]);
    for (number, day) in days.iter().enumerate() {
        let date = day["date"].as_str().unwrap();
        let load = ["load", "--date", date, "--file-dir", files];
        let load = cusip_on(&database, load.into_iter().chain(["--output", "json"]));
        let loaded = load.assert_done().document();
        for (written, loaded) in results(day).iter().zip(results(&loaded)) {
            assert_eq!(written["type"], loaded["type"]);
            assert_eq!(written["rows"], loaded["rows_read"]);
            assert_eq!(written["changed"], loaded["rows_updated"]);
            let new = if number == 0 { "rows" } else { "added" };
            assert_eq!(written[new], loaded["rows_inserted"]);
        }
    }
}

fn results(document: &Value) -> &Vec<Value> {
    document["results"].as_array().expect("there are results")
}
