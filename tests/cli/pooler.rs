//! Commands behind PgBouncer, behind pgpool, and behind a load balancer.

use std::path::Path;
use std::thread;

use cusip_test_support::{
    Balancer, Pgpool, Pooler, Run, TestDatabase, TestServer, assert_consistent, cusip_on, day,
    master_rows, open_folder, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

/// Fewer than the commands use at once, so that they share connections.
const CONNECTIONS: usize = 4;
const SHARED: [(&str, &str); 2] = [("pool_mode", "transaction"), ("default_pool_size", "4")];
const SINGLE: [(&str, &str); 3] = [
    ("pool_mode", "transaction"),
    ("default_pool_size", "1"),
    ("query_wait_timeout", "2"),
];
const ROUNDS: usize = 5;

fn delivered() -> TempDir {
    let folder = tempdir().expect("a folder can be made");
    write_synthetic_day(folder.path(), day(), 20, 2);
    folder
}

fn load(database: &TestDatabase, folder: &Path, options: &[&str]) -> Run {
    let day = ["load", "--date", "2024-01-15", "--file-dir"];
    let folder = [folder.to_str().expect("a UTF-8 path")];
    cusip_on(database, [&day[..], &folder, options].concat())
}

/// Leaves prepared statements with the driver's names on all connections to the server.
fn leave_prepared_statements(pooler: &Pooler) {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    runtime.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = pooler.database().client().await;
            let prepare: String = (0..50)
                .map(|number| format!("prepare s{number} as select {number};"))
                .collect();
            // As long as the transaction is open, the connection is ours.
            let begin = format!("begin; {prepare}");
            client
                .batch_execute(&begin)
                .await
                .expect("the names are free");
            clients.push(client);
        }
        for client in clients {
            client.batch_execute("commit").await.expect("it commits");
        }
    });
}

#[test]
fn commands_side_by_side_share_the_connections_of_a_transaction_pooler() {
    let database = TestDatabase::empty();
    let pooler = Pooler::start(&database, &SHARED);
    leave_prepared_statements(&pooler);
    let pooled = pooler.database();
    cusip_on(pooled, ["migrate"]).assert_done();
    let folder = delivered();
    load(pooled, folder.path(), &[]).assert_done();
    let cusip = &database.query("select cusip from v_security order by 1 limit 1")[0][0];
    let name = &database.query("select issuer_name from v_issuer limit 1")[0][0];
    thread::scope(|scope| {
        let repeat = |command: Vec<&'static str>| {
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    cusip_on(pooled, &command).assert_done();
                }
            });
        };
        repeat(vec!["jobs"]);
        repeat(vec!["jobs", "1"]);
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                cusip_on(pooled, ["show", cusip]).assert_done();
                cusip_on(pooled, ["search", name]).assert_done();
            }
        });
        for _ in 0..ROUNDS {
            load(pooled, folder.path(), &["--force"]).assert_done();
        }
    });
    assert_eq!(master_rows(&database), [20, 40, 40]);
    assert_consistent(&database);
}

#[test]
fn transaction_pooler_passes_all_checks_of_the_doctor_and_loads() {
    let database = TestDatabase::migrated();
    let pooler = Pooler::start(&database, &SHARED);
    let folder = delivered();
    let run = doctor(pooler.database(), folder.path());
    assert_eq!(run.assert_done().document()["ok"], true, "{run:?}");
    load(pooler.database(), folder.path(), &[]).assert_done();
}

#[test]
fn pooler_in_statement_mode_is_named_by_the_load_and_by_the_doctor() {
    let database = TestDatabase::migrated();
    let pooler = Pooler::start(&database, &[("pool_mode", "statement")]);
    let folder = delivered();
    let cause = "behind a connection pooler in statement mode";
    load(pooler.database(), folder.path(), &[]).assert_fails(5, &[cause, "`pool_mode`"]);
    cusip_on(pooler.database(), ["migrate"]).assert_fails(5, &[cause]);
    let run = doctor(pooler.database(), folder.path());
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stdout.contains(cause), "{run:?}");
    // Single statements work.
    cusip_on(pooler.database(), ["jobs"]).assert_done();
}

#[test]
fn pooler_with_too_few_connections_to_the_server_fails_the_load_and_the_doctor() {
    let database = TestDatabase::migrated();
    let pooler = Pooler::start(&database, &SINGLE);
    let folder = delivered();
    let run = doctor(pooler.database(), folder.path());
    assert_eq!(run.code, 5, "{run:?}");
    assert!(
        run.stdout.contains("raise the pooler's pool size"),
        "{run:?}"
    );
    let run = load(pooler.database(), folder.path(), &[]);
    run.assert_fails(5, &["raise the pooler's pool size"]);
    // The load's own transaction has ended.
    cusip_on(pooler.database(), ["jobs"]).assert_done();
}

#[test]
fn pgpool_is_refused_by_the_load_before_it_starts_and_named_by_the_doctor() {
    let database = TestDatabase::migrated();
    let pgpool = Pgpool::start(&database);
    let folder = delivered();
    let cause = "is behind pgpool-II ";
    // The second load would compare the files with the rows.
    for loads in 0..2 {
        let refused = load(pgpool.database(), folder.path(), &["--force"]);
        refused.assert_fails(5, &[cause, "PgBouncer"]);
        assert_eq!(database.query("select id from load_job").len(), loads);
        let run = doctor(pgpool.database(), folder.path());
        assert_eq!(run.code, 5, "{run:?}");
        assert!(run.stdout.contains(cause), "{run:?}");
        load(&database, folder.path(), &["--force"]).assert_done();
    }
    cusip_on(pgpool.database(), ["jobs"]).assert_done();
}

fn doctor(database: &TestDatabase, folder: &Path) -> Run {
    let folder = folder.to_str().expect("a UTF-8 path");
    let command = ["doctor", "--output", "json", "--date", "2024-01-15"];
    cusip_on(database, [&command[..], &["--file-dir", folder]].concat())
}

#[test]
fn connections_to_different_servers_are_named_by_the_load_and_by_the_doctor() {
    let folders = [open_folder(), open_folder()];
    let servers = folders
        .each_ref()
        .map(|folder| TestServer::start(folder.path()));
    let [one, other] = servers.each_ref().map(TestServer::database);
    let balancer = Balancer::start(&one, &other);
    let folder = delivered();
    let cause = "reached different servers";
    load(balancer.database(), folder.path(), &[]).assert_fails(5, &[cause, "load balancing"]);
    let run = doctor(balancer.database(), folder.path());
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stdout.contains(cause), "{run:?}");
    for database in [&one, &other] {
        assert_eq!(database.query("select id from load_job").len(), 0);
        load(database, folder.path(), &[]).assert_done();
    }
}
