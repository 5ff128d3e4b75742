//! All files of a load or none, and one load at a time.

use cusip_test_support::{
    TestDatabase, assert_consistent, cusip_on, day, load_document, master_rows, write_synthetic_day,
};
use tempfile::tempdir;

/// The key of the load lock, `CUSIPLD` and 1.
const LOCK: i64 = i64::from_be_bytes(*b"CUSIPLD\x01");

#[test]
fn failure_of_the_last_merge_undoes_the_first_two() {
    let database = TestDatabase::migrated();
    database.execute(
        "create function refuse() returns trigger language plpgsql as $$
             begin raise exception 'the disk of the third table is full'; end $$;
         create trigger refuse before insert on issue_attribute execute function refuse()",
    );
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 10, 3);
    let arguments = [
        "--date",
        "2024-01-15",
        "--file-dir",
        folder.path().to_str().unwrap(),
    ];
    let (run, document) = load_document(&database, arguments);
    run.assert_fails(
        1,
        &[
            "cannot merge the staged records into issue_attribute",
            "the disk of the third table is full",
        ],
    );
    assert_eq!(document["success"], false);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    let ledger = database.query("select status, error_code from load_job");
    assert_eq!(ledger, [["failed", "database"]]);
    let inserted = database.query("select sum(rows_inserted), count(*) from load_file");
    assert_eq!(inserted, [["0", "3"]]);
    assert_consistent(&database);

    database.execute("drop trigger refuse on issue_attribute");
    load_document(&database, arguments).0.assert_done();
    assert_eq!(master_rows(&database), [10, 30, 30]);
    assert_consistent(&database);
}

#[test]
fn second_load_is_refused_immediately_while_the_first_runs() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 2);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let running = runtime.block_on(async {
        let client = database.client().await;
        client.batch_execute("begin").await.unwrap();
        client
            .execute("select pg_advisory_xact_lock($1)", &[&LOCK])
            .await
            .unwrap();
        client
    });
    database.execute(
        "insert into load_job (kind, program, program_version) values ('load-all', 'api', '1.0')",
    );
    let arguments = [
        "load",
        "--date",
        "2024-01-15",
        "--file-dir",
        folder.path().to_str().unwrap(),
    ];
    cusip_on(&database, arguments)
        .assert_fails(6, &["another load or migration is running", "job 1"]);
    cusip_on(&database, ["migrate"]).assert_fails(6, &["another load or migration is running"]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    runtime.block_on(running.batch_execute("rollback")).unwrap();

    cusip_on(&database, arguments).assert_done();
    let jobs = database.query("select id, status from load_job order by id");
    assert_eq!(jobs, [["1", "interrupted"], ["2", "succeeded"]]);
    assert_consistent(&database);
}
