//! Ctrl-C and SIGTERM cancel the load and release the lock immediately.

use cusip_pif::FileKind;
use cusip_test_support::{
    Run, Running, Session, Signal, TestDatabase, TestServer, TwoDays, await_copy, await_waiting,
    await_waiting_write, cusip, eventually, open_folder,
};

const CANCELLED: &str = "error: the load was canceled; nothing was loaded";

/// Asserts that a load was canceled, left nothing running, and blocks no other load.
#[track_caller]
fn assert_cancelled(run: &Run, database: &TestDatabase, days: &TwoDays, before: &[String]) {
    run.assert_fails(1, &["a second signal exits at once", CANCELLED]);
    let locks = "select count(*) from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())";
    assert_eq!(database.query(locks), [["0"]]);
    let running = "select query from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state = 'active'
            and query ~ '^(copy|merge)'";
    assert_eq!(database.query(running), [[""; 0]; 0]);
    let job = database.query("select status, error_code from load_job where id = 2");
    assert_eq!(job, [["cancelled", "cancelled"]]);
    days.assert_unharmed(database, before, "cancelled");
}

fn stopped_in_copy(signal: Signal) {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let (load, mut pipe, [content, _]) = days.load_second_through_pipe(FileKind::Issue);
    let loader = Running::start_on(&database, load);
    pipe.write(&content);
    await_copy(&database, FileKind::Issue);
    loader.signal(signal);
    let run = loader.end();
    assert_cancelled(&run, &database, &days, &before);
}

#[test]
fn ctrl_c_during_copy_cancels_the_load() {
    stopped_in_copy(Signal::INT);
}

#[test]
fn sigterm_during_copy_cancels_the_load() {
    stopped_in_copy(Signal::TERM);
}

fn stopped_in_merge(signal: Signal) {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let reader = Session::begin(&database, "lock table issue in share mode");
    let loader = Running::start_on(&database, days.load_second());
    await_waiting_write(&database, "issue");
    loader.signal(signal);
    // The reader still holds its lock, so the server must have canceled the statement.
    let run = loader.end();
    reader.end();
    assert_cancelled(&run, &database, &days, &before);
}

#[test]
fn ctrl_c_cancels_a_merge_that_waits_for_a_lock() {
    stopped_in_merge(Signal::INT);
}

#[test]
fn sigterm_cancels_a_merge_that_waits_for_a_lock() {
    stopped_in_merge(Signal::TERM);
}

/// A terminal sends Ctrl-C to the command and to everything that it has started.
#[test]
fn ctrl_c_in_a_terminal_cancels_the_load_and_then_stops_the_embedded_server() {
    let parent = open_folder();
    let folder = parent.path().join("private");
    let days = TwoDays::write();
    let server = TestServer::start(&folder);
    let before = days.load_first(&server.database());
    drop(server);

    let (load, mut pipe, [content, _]) = days.load_second_through_pipe(FileKind::Issue);
    let embedded = format!("--embedded={}", folder.display());
    let loader = Running::start(load.into_iter().chain([embedded.clone().into()]));
    pipe.write(&content);
    let mut database = None;
    eventually("the private server accepts connections", || {
        database = TestDatabase::of_private_server(&folder);
        database.is_some()
    });
    await_copy(&database.unwrap(), FileKind::Issue);
    loader.signal_group(Signal::INT);
    loader.end().assert_fails(1, &[CANCELLED]);
    assert!(!folder.join("data/postmaster.pid").exists());

    let jobs = cusip(["jobs", &embedded, "--output", "json"]).document();
    assert_eq!(jobs["jobs"][0]["status"], "cancelled", "{jobs}");
    let server = TestServer::start(&folder);
    days.assert_unharmed(&server.database(), &before, "cancelled");
}

#[test]
fn second_ctrl_c_ends_the_program_even_if_the_job_log_is_not_written() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let (load, mut pipe, [content, _]) = days.load_second_through_pipe(FileKind::Issue);
    let loader = Running::start_on(&database, load);
    pipe.write(&content);
    await_copy(&database, FileKind::Issue);
    let job = Session::begin(
        &database,
        "select from load_job where id = 2 for no key update",
    );
    loader.signal(Signal::INT);
    loader.await_message("a second signal exits at once");
    await_waiting(&database, "update load_job");
    loader.signal(Signal::INT);
    assert_eq!(loader.end().code, 130);
    job.end();
    days.assert_unharmed(&database, &before, "interrupted");
}
