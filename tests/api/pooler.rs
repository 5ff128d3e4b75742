//! Two servers that share the connections of PgBouncer in transaction mode.

use std::thread;

use cusip_test_support::api::Server;
use cusip_test_support::{
    Pooler, TestDatabase, assert_consistent, day, master_rows, write_synthetic_day,
};
use tempfile::tempdir;

const ROUNDS: usize = 6;

#[test]
fn two_servers_share_the_connections_of_a_transaction_pooler() {
    let database = TestDatabase::migrated();
    let settings = [("pool_mode", "transaction"), ("default_pool_size", "4")];
    let pooler = Pooler::start(&database, &settings);
    let folder = tempdir().expect("a folder can be made");
    write_synthetic_day(folder.path(), day(), 5, 2);
    let servers = [(); 2].map(|()| Server::start(pooler.database(), folder.path()));
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let body = r#"{"date": "2024-01-15", "force": true}"#;
                    let load = server.request("POST", "/jobs/load-all").json(body).send();
                    // The servers load one after the other, or together.
                    assert!([200, 409].contains(&load.status), "{load:?}");
                }
            });
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    server.get("/jobs").assert_status(200);
                    server.get("/ready").assert_status(200);
                    assert_eq!(server.get("/metrics").status, 200);
                }
            });
        }
    });
    let report = servers[0].load_all().assert_status(200);
    let job = report["job_id"].as_i64().expect("a number");
    let path = format!("/jobs/{job}");
    assert_eq!(servers[1].get(&path).assert_status(200)["success"], true);
    assert_eq!(master_rows(&database), [5, 10, 10]);
    assert_consistent(&database);
}

#[test]
fn pooler_in_statement_mode_makes_a_load_unavailable_and_is_named() {
    let database = TestDatabase::migrated();
    let pooler = Pooler::start(&database, &[("pool_mode", "statement")]);
    let folder = tempdir().expect("a folder can be made");
    write_synthetic_day(folder.path(), day(), 1, 1);
    let server = Server::start(pooler.database(), folder.path());
    let problem = server
        .load_all()
        .assert_problem(503, "database_unavailable");
    let detail = problem["detail"].as_str().expect("a text");
    assert!(detail.contains("pooler in statement mode"), "{detail}");
}
