//! Loaders that are killed, in each phase of a load.

use std::fs;
use std::thread;

use cusip_pif::FileKind;
use cusip_test_support::{
    Running, Session, TestDatabase, TwoDays, assert_consistent, assert_replays, await_copy,
    await_no_session, await_waiting, await_waiting_write, cusip_on, eventually, row_versions,
};

#[test]
fn killed_while_it_waits_for_a_file() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let (load, _pipe, _) = days.load_second_through_pipe(FileKind::Issuer);
    let loader = Running::start_on(&database, load);
    eventually("the job is on record", || {
        database.query("select status from load_job where id = 2") == [["running"]]
    });
    loader.kill();
    days.assert_unharmed(&database, &before, "interrupted");
}

#[test]
fn killed_while_it_looks_the_files_up_in_the_job_log() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    // Logging the start locks the files' table, too, until its transaction ends. It waits for this row
    // with the same number.
    let same_number = Session::begin(
        &database,
        "insert into load_job (id, kind, program, program_version) overriding system value
             values (2, 'load-all', 'cli', '')",
    );
    let folder = days.second_folder().to_str().unwrap();
    let load = [
        "load",
        "--date",
        "2024-01-15",
        "--max-age-days",
        "0",
        "--file-dir",
        folder,
    ];
    let loader = Running::start_on(&database, load);
    await_waiting(&database, "insert into load_job");
    // The lock is next in the queue when the load has logged its start.
    let files = thread::scope(|scope| {
        let lock = "lock table load_file in access exclusive mode";
        let files = scope.spawn(|| Session::begin(&database, lock));
        await_waiting(&database, "begin; lock table load_file");
        same_number.end();
        files.join().expect("the lock is granted")
    });
    await_waiting(&database, "select job_id, bytes_read");
    loader.kill();
    files.end();
    days.assert_unharmed(&database, &before, "interrupted");
}

#[test]
fn killed_while_issuers_are_copied() {
    killed_in_copy(FileKind::Issuer);
}

#[test]
fn killed_while_issues_are_copied() {
    killed_in_copy(FileKind::Issue);
}

#[test]
fn killed_while_attributes_are_copied() {
    killed_in_copy(FileKind::IssueAttribute);
}

fn killed_in_copy(kind: FileKind) {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let (load, mut pipe, [content, _]) = days.load_second_through_pipe(kind);
    let loader = Running::start_on(&database, load);
    pipe.write(&content);
    await_copy(&database, kind);
    loader.kill();
    days.assert_unharmed(&database, &before, "interrupted");
}

#[test]
fn killed_while_orphans_are_recorded() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let issues = days.second_folder().join("CED01-15E.PIP");
    let whole = fs::read(&issues).unwrap();
    fs::write(
        &issues,
        [b"######|10||ORPHAN||||||A||||||A|\r\n", &*whole].concat(),
    )
    .unwrap();
    let records = Session::begin(&database, "lock table load_reject in exclusive mode");
    let load = days.load_second().into_iter();
    let loader = Running::start_on(&database, load.chain(["--max-rejects".into(), "1".into()]));
    await_waiting(&database, "insert into load_reject");
    loader.kill();
    records.end();
    fs::write(&issues, whole).unwrap();
    days.assert_unharmed(&database, &before, "interrupted");
}

#[test]
fn killed_while_issuers_are_merged() {
    killed_in_merge(FileKind::Issuer);
}

#[test]
fn killed_while_issues_are_merged() {
    killed_in_merge(FileKind::Issue);
}

#[test]
fn killed_while_attributes_are_merged() {
    killed_in_merge(FileKind::IssueAttribute);
}

fn killed_in_merge(kind: FileKind) {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let table = cusip_postgres::table_of(kind);
    let reader = Session::begin(&database, &format!("lock table {table} in share mode"));
    let loader = Running::start_on(&database, days.load_second());
    await_waiting_write(&database, table);
    loader.kill();
    reader.end();
    days.assert_unharmed(&database, &before, "interrupted");
}

#[test]
fn killed_before_the_commit() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let (load, mut pipe, [content, rest]) = days.load_second_through_pipe(FileKind::IssueAttribute);
    let loader = Running::start_on(&database, load);
    pipe.write(&content);
    await_copy(&database, FileKind::IssueAttribute);
    let job = Session::begin(
        &database,
        "select from load_job where id = 2 for no key update",
    );
    pipe.end(&rest);
    await_waiting(&database, "update load_job set status = 'succeeded'");
    loader.kill();
    job.end();
    days.assert_unharmed(&database, &before, "interrupted");
}

/// Once the server commits, the loader no longer decides the outcome.
#[test]
fn killed_during_the_commit_has_loaded_everything() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    database.execute(
        "create function wait() returns trigger language plpgsql as $$
             begin perform pg_advisory_xact_lock_shared(1); return null; end $$;
         create constraint trigger wait after update on load_job
             deferrable initially deferred for each row when (new.status = 'succeeded')
             execute function wait()",
    );
    let gate = Session::begin(&database, "select pg_advisory_xact_lock(1)");
    let loader = Running::start_on(&database, days.load_second());
    await_waiting(&database, "commit");
    loader.kill();
    assert_eq!(row_versions(&database), before);
    gate.end();
    await_no_session(&database);
    let jobs = cusip_on(&database, ["jobs", "--output", "json"]).document();
    assert_eq!(jobs["jobs"][0]["status"], "succeeded", "{jobs}");
    let updated = "select rows_updated from load_file where job_id = 2";
    assert_eq!(database.query(updated), [["600"], ["600"], ["600"]]);
    let changed = "select count(*) from issue where last_job_id = 2";
    assert_eq!(database.query(changed), [["600"]]);
    assert_consistent(&database);
    assert_replays(&database);
}
