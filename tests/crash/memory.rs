//! The memory that a load needs, even with a million rejects.

use std::fmt::Write as _;
use std::fs;

use cusip_test_support::{
    Running, Session, TestDatabase, assert_consistent, await_waiting, eventually, master_rows,
};
use tempfile::tempdir;

const RECORDS: usize = 1_000_000;
const MOST_MEMORY: u64 = 64 * 1_024 * 1_024;

#[test]
fn million_rejects_need_no_more_memory_than_a_few() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    let mut records = String::new();
    for number in 0..RECORDS {
        writeln!(records, "{number:06}|BAD").unwrap();
    }
    writeln!(records, "999999|{RECORDS}").unwrap();
    fs::write(&file, records).unwrap();
    // The job waits before its commit, when its memory use is at its peak.
    database.execute(
        "create function wait() returns trigger language plpgsql as $$
             begin perform pg_advisory_xact_lock_shared(1); return new; end $$;
         create trigger wait before update on load_job for each row execute function wait()",
    );
    let gate = Session::begin(&database, "select pg_advisory_xact_lock(1)");
    let load = ["load", file.to_str().unwrap(), "--max-rejects", "100%"];
    let mut loader = Running::start_on(&database, load);
    await_waiting(&database, "update load_job");
    let mut peak = loader.peak_memory().expect("it is waiting");
    gate.end();
    eventually("the program ends", || {
        peak = loader.peak_memory().unwrap_or(peak);
        loader.has_ended()
    });
    loader.end().assert_done();
    assert!(peak < MOST_MEMORY, "{peak}");
    let kept = database.query("select rows_read, rows_rejected from load_file");
    assert_eq!(kept, [[RECORDS.to_string(), RECORDS.to_string()]]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_consistent(&database);
}
