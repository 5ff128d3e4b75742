//! Lakes that do not go with the database, and damaged ones.

use std::fs;

use cusip_test_support::{TestDatabase, cusip, cusip_on};
use tempfile::tempdir;

use super::{
    APPLE, NOTE, RENAMED, SUSPENDED, assert_states_from, files, load_day, load_first_two, sync,
    synced, three_days,
};

#[test]
fn lake_of_another_database_is_refused() {
    let folder = synced(&three_days());
    let before = files(folder.path());
    let other = three_days();
    sync(&other, folder.path(), &[]).assert_fails(
        1,
        &[
            "job 3 of the lake was committed at",
            "the lake is of another database, or of a state before a restore",
            "sync to a new folder",
        ],
    );
    assert!(files(folder.path()) == before);
}

#[test]
fn lake_ahead_of_a_restored_database_is_refused() {
    let folder = synced(&three_days());
    let restored = TestDatabase::migrated();
    let nothing = sync(&restored, folder.path(), &[]);
    nothing.assert_fails(1, &["nothing has been loaded into the database"]);
    load_first_two(&restored);
    let behind = sync(&restored, folder.path(), &[]);
    behind.assert_fails(
        1,
        &[
            "the lake goes up to job 3, which the database does not have",
            "the database ends with job 2",
        ],
    );
}

#[test]
fn loads_that_were_pruned_before_the_sync_are_refused() {
    let database = TestDatabase::migrated();
    load_day(&database, 15, &[APPLE], &[NOTE]);
    let folder = synced(&database);
    load_day(&database, 16, &[RENAMED], &[NOTE]);
    load_day(&database, 17, &[RENAMED], &[SUSPENDED]);
    cusip_on(&database, ["history", "prune", "--before", "2024-01-17"]).assert_done();
    sync(&database, folder.path(), &[]).assert_fails(
        1,
        &[
            "the lake ends with job 1",
            "the history of the database begins with job 3",
            "sync to a new folder",
        ],
    );
    // A new lake begins with the oldest state.
    let lake = tempdir().unwrap();
    sync(&database, lake.path(), &["--verify"]).assert_done();
    assert_states_from(&database, lake.path(), 3);
}

#[test]
fn pruned_loads_of_the_lake_are_compared_with_their_manifests() {
    let database = three_days();
    let folder = synced(&database);
    cusip_on(&database, ["history", "prune", "--before", "2024-01-16"]).assert_done();
    let run = sync(&database, folder.path(), &["--verify"]);
    run.assert_done();
    assert!(
        run.stdout.contains("the lake is as the database"),
        "{run:?}"
    );
    assert!(run.stderr.contains("1 loads were pruned"), "{run:?}");
    fs::remove_file(folder.path().join("issue/day=2024-01-15/job-1.parquet")).unwrap();
    sync(&database, folder.path(), &["--verify"]).assert_fails(1, &["job-1.parquet\" is missing"]);
}

#[test]
fn verify_finds_missing_changed_and_stray_files() {
    let database = three_days();
    let folder = synced(&database);
    let path = |name: &str| folder.path().join(name);
    let verify = |says: &[&str]| {
        let run = sync(&database, folder.path(), &["--verify"]);
        run.assert_fails(1, says);
    };
    let (first, second) = (
        path("issue/day=2024-01-15/job-1.parquet"),
        path("issue/day=2024-01-16/job-2.parquet"),
    );
    let (one, two) = (fs::read(&first).unwrap(), fs::read(&second).unwrap());
    fs::write(&first, &two).unwrap();
    verify(&["job-1.parquet\" has 2 rows, the database has 1"]);
    fs::write(&first, &two[..100]).unwrap();
    verify(&["job-1.parquet\" cannot be read"]);
    fs::remove_file(&first).unwrap();
    verify(&["job-1.parquet\" is missing"]);
    fs::write(&first, &one).unwrap();
    fs::write(path("issue/day=2024-01-15/more.parquet"), &one).unwrap();
    verify(&["more.parquet\" does not belong to the lake"]);
    fs::remove_file(path("issue/day=2024-01-15/more.parquet")).unwrap();
    let commit = path("issue/_delta_log/00000000000000000001.json");
    let content = fs::read(&commit).unwrap();
    fs::remove_file(&commit).unwrap();
    verify(&["00000000000000000001.json\" is missing"]);
    fs::write(&commit, content).unwrap();
    sync(&database, folder.path(), &["--verify"]).assert_done();
}

#[test]
fn file_that_another_version_left_unfinished_is_not_replaced() {
    let database = three_days();
    let folder = tempdir().unwrap();
    let path = folder.path().join("issuer/day=2024-01-15/job-1.parquet");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"something else").unwrap();
    let run = sync(&database, folder.path(), &[]);
    run.assert_fails(
        1,
        &["job-1.parquet\" has other content", "delete this file"],
    );
    assert_eq!(fs::read(&path).unwrap(), b"something else");
    fs::remove_file(&path).unwrap();
    sync(&database, folder.path(), &["--verify"]).assert_done();
}

#[test]
fn wrong_usage_is_refused() {
    cusip(["lake", "sync"]).assert_fails(2, &["--to"]);
    cusip(["lake", "sync", "--to", "-"]).assert_fails(2, &["name a folder or s3://BUCKET/PREFIX"]);
    cusip(["lake", "sync", "--to", "x", "--output", "parquet"]).assert_fails(2, &["--output"]);
}
