//! Loads and migrations that run at the same time.

use cusip_test_support::{
    Running, Session, TestDatabase, assert_consistent, await_statement, await_waiting,
    await_waiting_write, cusip_on, day, eventually, master_rows, write_synthetic_day,
};
use tempfile::tempdir;

const ROUNDS: usize = 50;
const REFUSAL: &str = "another load or migration is running";

/// In most rounds the winner is delayed until the loser was refused, so that they always overlap.
/// In the other rounds, timing decides.
#[test]
fn of_two_simultaneous_loads_one_wins_and_the_other_names_it() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    let files = ["R", "E", "A"].map(|letter| folder.path().join(format!("CED01-15{letter}.PIP")));
    let load = || ["load".into()].into_iter().chain(files.clone());
    let (mut loaded, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let held = round % 3 != 0;
        let gate = held.then(|| {
            Session::begin(
                &database,
                "lock table issue_attribute in access exclusive mode",
            )
        });
        let mut running = vec![
            Running::start_on(&database, load()),
            Running::start_on(&database, load()),
        ];
        if let Some(gate) = gate {
            let mut ended = None;
            eventually("one of the loads has ended", || {
                ended = running.iter_mut().position(Running::has_ended);
                ended.is_some()
            });
            let loser = running.remove(ended.unwrap()).end();
            let job = &database.query("select id from load_job where status = 'running'")[0][0];
            loser.assert_fails(6, &[REFUSAL, &format!("(job {job}, started ")]);
            refused += 1;
            gate.end();
            running.remove(0).end().assert_done();
            loaded += 1;
        }
        let runs: Vec<_> = running.into_iter().map(Running::end).collect();
        for run in &runs {
            match run.code {
                0 => loaded += 1,
                _ => {
                    run.assert_fails(6, &[REFUSAL]);
                    refused += 1;
                }
            }
        }
        assert!(
            runs.is_empty() || runs.iter().any(|run| run.code == 0),
            "{runs:?}"
        );
    }
    assert!(refused > ROUNDS / 2, "{refused} refusals");
    assert_eq!(loaded + refused, 2 * ROUNDS);
    assert_eq!(master_rows(&database), [3, 6, 6]);
    let jobs = "select status, count(*) from load_job group by status";
    assert_eq!(database.query(jobs), [["succeeded", &loaded.to_string()]]);
    assert_consistent(&database);
}

/// A load that has just taken the lock has not entered its job and marked dead jobs yet.
#[test]
fn refused_load_names_the_running_job_and_no_dead_one() {
    let database = TestDatabase::migrated();
    let enter =
        "insert into load_job (kind, program, program_version) values ('load-all', 'api', '')";
    database.execute(enter);
    let lock = i64::from_be_bytes(*b"CUSIPLD\x01");
    let holder = Session::begin(&database, &format!("select pg_advisory_xact_lock({lock})"));
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    let folder = folder.path().to_str().unwrap();
    let load = ["load", "--date", "2024-01-15", "--file-dir", folder];
    let loader = Running::start_on(&database, load);
    await_statement(&database, "select id, to_char(started_at");
    database.execute(enter);
    loader.end().assert_fails(6, &[REFUSAL, "(job 2, started "]);
    holder.end();
    cusip_on(&database, load).assert_done();
    let jobs = database.query("select status from load_job order by id");
    assert_eq!(jobs.concat(), ["interrupted", "interrupted", "succeeded"]);
    assert_consistent(&database);
}

#[test]
fn migration_is_refused_while_a_load_runs() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    let gate = Session::begin(&database, "lock table issuer in share mode");
    let folder = folder.path().to_str().unwrap();
    let load = ["load", "--date", "2024-01-15", "--file-dir", folder];
    let loader = Running::start_on(&database, load);
    await_waiting_write(&database, "issuer");
    for migrate in [&["migrate"][..], &["migrate", "--dry-run"]] {
        cusip_on(&database, migrate).assert_fails(6, &[REFUSAL, "(job 1, started "]);
    }
    gate.end();
    loader.end().assert_done();
    cusip_on(&database, ["migrate"]).assert_done();
    assert_eq!(master_rows(&database), [3, 6, 6]);
    assert_consistent(&database);
}

#[test]
fn load_is_refused_while_a_migration_runs() {
    let database = TestDatabase::empty();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    // The migration waits until this transaction ends.
    let gate = Session::begin(&database, "create table load_file ()");
    let migration = Running::start_on(&database, ["migrate"]);
    await_waiting(&database, "--");
    let folder = folder.path().to_str().unwrap();
    let load = ["load", "--date", "2024-01-15", "--file-dir", folder];
    cusip_on(&database, load).assert_fails(6, &[REFUSAL]);
    cusip_on(&database, ["migrate"]).assert_fails(6, &[REFUSAL]);
    gate.end();
    migration.end().assert_done();
    cusip_on(&database, load).assert_done();
    assert_eq!(master_rows(&database), [3, 6, 6]);
    assert_consistent(&database);
}

/// The key of the load lock, `CUSIPLD` and 1.
const LOCK: i64 = i64::from_be_bytes(*b"CUSIPLD\x01");

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
