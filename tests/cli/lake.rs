//! `cusip lake`: what it writes, and what it refuses.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

mod engines;
mod killed;
mod reading;
mod refusals;
mod s3;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cusip_pif::{Date, FileKind};
use cusip_test_support::{Run, TestDatabase, cusip, cusip_on, write_file};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use self::reading::{assert_states, assert_states_from};
use crate::security_days::load_day;

/// Loads three days: a security changes and another one comes, the issuer is renamed, nothing changes.
fn three_days() -> TestDatabase {
    let database = TestDatabase::migrated();
    load_first_two(&database);
    load_day(&database, 17, &[RENAMED], &[SUSPENDED, COMMON]);
    database
}

const APPLE: &str = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
const RENAMED: &str = "037833||APPLE COMPUTER||||||||C|A||A|CA|2024-01-17";
const NOTE: &str = "037833|AA|8|NOTE||||||A|2020-01-31|2030-01-31||4.125|N|A|2024-01-15";
const SUSPENDED: &str = "037833|AA|8|NOTE||||||D|2020-01-31|2030-01-31|-7|4.50|N|S|2024-01-16";
const COMMON: &str = "037833|10||COM||||||A||||||A|2024-01-16";

fn load_first_two(database: &TestDatabase) {
    load_day(database, 15, &[APPLE], &[NOTE]);
    load_day(database, 16, &[APPLE], &[COMMON, SUSPENDED]);
}

/// Loads days of this many issuers that follow each other, each with new and changed records.
fn synthetic_days(days: u8, issuers: u32) -> TestDatabase {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let synth = format!("synth {path} --date 2024-01-15 --days {days} --issuers {issuers}");
    cusip(synth.split(' ')).assert_done();
    for day in 15..15 + days {
        let load = format!("load --date 2024-01-{day} --file-dir {path} --max-age-days 0");
        cusip_on(&database, load.split(' ')).assert_done();
    }
    database
}

fn sync(database: &TestDatabase, folder: &Path, options: &[&str]) -> Run {
    let command = ["lake", "sync", "--to", folder.to_str().unwrap()];
    cusip_on(database, [&command, options].concat())
}

/// Syncs, and returns what `--verify` says.
#[track_caller]
fn verified(database: &TestDatabase, folder: &Path) -> Value {
    let run = sync(database, folder, &["--verify", "--output", "json"]);
    run.assert_done();
    let document = run.document();
    assert_eq!(document["verified"]["problems"], Value::Array(Vec::new()));
    document["verified"].clone()
}

fn synced(database: &TestDatabase) -> TempDir {
    let folder = tempdir().unwrap();
    sync(database, folder.path(), &[]).assert_done();
    folder
}

/// Returns all files with their content, by their paths in the lake, without unfinished ones.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with(".part") {
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Returns the paths of the Parquet files.
fn parquet_files(folder: &Path) -> Vec<String> {
    let names = files(folder).into_keys();
    names.filter(|name| name.ends_with(".parquet")).collect()
}

#[test]
fn sync_appends_what_each_load_brought_and_the_last_state() {
    let database = three_days();
    let folder = tempdir().unwrap();
    let run = sync(&database, folder.path(), &[]);
    run.assert_done();
    for line in [
        "appended 2024-01-15 (job 1): 3 versions; ",
        "appended 2024-01-16 (job 2): 2 versions; ",
        "appended 2024-01-17 (job 3): 1 versions, and a snapshot of 4 records; ",
    ] {
        assert!(run.stdout.contains(line), "{run:?}");
    }
    assert_eq!(
        parquet_files(folder.path()),
        [
            "current/issue/job-3.parquet",
            "current/issue_attribute/job-3.parquet",
            "current/issuer/job-3.parquet",
            "issue/day=2024-01-15/job-1.parquet",
            "issue/day=2024-01-16/job-2.parquet",
            "issue_attribute/day=2024-01-15/job-1.parquet",
            "issuer/day=2024-01-15/job-1.parquet",
            "issuer/day=2024-01-17/job-3.parquet",
            "job/job-1.parquet",
            "job/job-2.parquet",
            "job/job-3.parquet",
        ]
    );
    let verified = verified(&database, folder.path());
    assert_eq!(verified["loads"], 3);
    // Five files of versions, three of the snapshot, and the last one with loads.
    assert_eq!(verified["files"], 9);
    assert_states(&database, folder.path());
}

#[test]
fn repeated_sync_writes_nothing() {
    let database = three_days();
    let folder = synced(&database);
    let before = files(folder.path());
    let run = sync(&database, folder.path(), &["--output", "json"]);
    run.assert_done();
    assert_eq!(run.document()["loads"], Value::Array(Vec::new()));
    assert_eq!(run.document()["last_job_id"], 3);
    assert!(files(folder.path()) == before);
}

#[test]
fn lake_does_not_depend_on_when_it_was_synced() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let never = ["--snapshot-every", "0"];
    load_first_two(&database);
    sync(&database, folder.path(), &never).assert_done();
    load_day(&database, 17, &[RENAMED], &[SUSPENDED, COMMON]);
    sync(&database, folder.path(), &never).assert_done();
    let at_once = tempdir().unwrap();
    sync(&database, at_once.path(), &never).assert_done();
    assert!(files(folder.path()) == files(at_once.path()));
    assert!(!folder.path().join("current").exists());
}

#[test]
fn snapshots_come_once_so_many_loads_have_come() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let every_two = ["--snapshot-every", "2"];
    for day in 15..=18 {
        load_day(&database, day, &[APPLE], &[NOTE]);
        sync(&database, folder.path(), &every_two).assert_done();
    }
    let current = |name: &String| name.starts_with("current/issue/job");
    let snapshots: Vec<_> = (parquet_files(folder.path()).into_iter())
        .filter(current)
        .collect();
    assert_eq!(
        snapshots,
        ["current/issue/job-1.parquet", "current/issue/job-3.parquet"]
    );
    verified(&database, folder.path());
}

#[test]
fn rows_that_were_deleted_by_hand_are_marked_and_come_back() {
    let database = TestDatabase::migrated();
    load_first_two(&database);
    let folder = synced(&database);
    database.execute("delete from issue where issue_num = '10'");
    load_day(&database, 17, &[APPLE], &[SUSPENDED]);
    sync(&database, folder.path(), &[]).assert_done();
    assert_states(&database, folder.path());
    load_day(&database, 18, &[APPLE], &[SUSPENDED, COMMON]);
    verified(&database, folder.path());
    assert_states(&database, folder.path());
}

#[test]
fn loads_without_a_day_or_of_an_older_one_are_states_too() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let date = Date::new(2024, 1, 15).unwrap();
    let file = write_file(folder.path(), date, FileKind::Issuer, &[APPLE]);
    cusip_on(&database, ["load", file.to_str().unwrap()]).assert_done();
    load_day(&database, 16, &[APPLE], &[NOTE]);
    write_file(folder.path(), date, FileKind::Issuer, &[RENAMED]);
    let older = [
        "load",
        "--date",
        "2024-01-15",
        "--allow-older",
        "--allow-partial",
    ];
    let source = ["--file-dir", folder.path().to_str().unwrap()];
    cusip_on(&database, [&older[..], &source].concat()).assert_done();
    let lake = synced(&database);
    let without_day = "issuer/day=__HIVE_DEFAULT_PARTITION__/job-1.parquet";
    assert!(lake.path().join(without_day).exists());
    assert!(
        lake.path()
            .join("issuer/day=2024-01-15/job-3.parquet")
            .exists()
    );
    verified(&database, lake.path());
    assert_states(&database, lake.path());
}

#[test]
fn nothing_loaded_makes_no_lake() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let run = sync(&database, folder.path(), &["--verify"]);
    run.assert_done();
    assert!(run.stderr.contains("nothing has been loaded"), "{run:?}");
    assert!(files(folder.path()).is_empty());
}
