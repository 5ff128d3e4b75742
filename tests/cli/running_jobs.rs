//! `cusip jobs` of a job that is running: its progress, watching and canceling it.

use cusip_test_support::{
    Running, Session, TestDatabase, TwoDays, assert_consistent, await_waiting_write, cusip_on,
    eventually,
};

/// A load that waits while it merges issuers.
struct WaitingLoad {
    database: TestDatabase,
    loader: Running,
    gate: Session,
    _days: TwoDays,
}

impl WaitingLoad {
    fn start() -> Self {
        let database = TestDatabase::migrated();
        let days = TwoDays::write();
        days.load_first(&database);
        let gate = Session::begin(&database, "lock table issuer in share mode");
        let loader = Running::start_on(&database, days.load_second());
        await_waiting_write(&database, "issuer");
        eventually("the job log knows the phase", || {
            database.query("select phase from load_job where id = 2") == [["merging"]]
        });
        Self {
            database,
            loader,
            gate,
            _days: days,
        }
    }
}

#[test]
fn running_job_shows_its_phase_and_percent() {
    let load = WaitingLoad::start();
    let run = cusip_on(&load.database, ["jobs", "2"]);
    let line = run.assert_done().stdout.lines();
    let line = line
        .map(str::trim)
        .find(|line| line.starts_with("progress"));
    let line = line.unwrap_or_else(|| panic!("{run:?}"));
    assert!(line.contains("merging issuer, "), "{line}");
    assert!(line.contains("%, "), "{line}");
    assert!(line.contains(" records read"), "{line}");
}

#[test]
fn watch_shows_the_phases_of_the_running_job_and_then_its_result() {
    let load = WaitingLoad::start();
    let watch = Running::start_on(&load.database, ["jobs", "--watch"]);
    watch.await_message("job 2: merging issuer, ");
    load.gate.end();
    load.loader.end().assert_done();
    let run = watch.end();
    assert!(
        run.assert_done().stdout.contains("job 2: succeeded"),
        "{run:?}"
    );
    cusip_on(&load.database, ["jobs", "2", "--watch"]).assert_done();
    cusip_on(&load.database, ["jobs", "--watch"]).assert_fails(1, &["no job is running"]);
}

#[test]
fn canceled_job_is_rolled_back() {
    let load = WaitingLoad::start();
    let watch = Running::start_on(&load.database, ["jobs", "2", "--watch"]);
    watch.await_message("job 2: merging issuer, ");
    let run = cusip_on(&load.database, ["jobs", "cancel", "2"]);
    assert!(run.assert_done().stdout.contains("; nothing w"), "{run:?}");
    load.loader
        .end()
        .assert_fails(1, &["the load was canceled"]);
    let run = watch.end();
    run.assert_fails(1, &[]);
    assert!(run.stdout.contains("job 2: cancelled"), "{run:?}");
    load.gate.end();
    let again = cusip_on(&load.database, ["jobs", "cancel", "2"]);
    again.assert_fails(1, &["job 2 has already ended", "cancelled"]);
    cusip_on(&load.database, ["jobs", "cancel", "99"]).assert_fails(1, &["there is no job 99"]);
    assert_consistent(&load.database);
}
