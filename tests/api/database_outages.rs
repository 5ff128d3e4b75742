//! Databases that are down, hang, have no schema, or come back.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;

use cusip_test_support::api::Server;
use cusip_test_support::{
    DatabaseGate, Session, TestDatabase, TestServer, await_waiting_write, day, eventually,
    master_rows, open_folder, write_synthetic_day,
};
use tempfile::tempdir;

#[track_caller]
fn assert_down(server: &Server) {
    assert_eq!(server.get("/live").status, 200);
    server
        .get("/ready")
        .assert_problem(503, "database_unavailable");
    let health = server.get("/health").assert_status(503);
    assert_eq!(health["status"], "unhealthy");
    assert_eq!(health["database"], "disconnected");
    assert!(health["version"].is_string());
    let answer = server.load_all();
    answer.assert_problem(503, "database_unavailable");
    assert!(answer.header("retry-after").is_some());
    server
        .get("/jobs")
        .assert_problem(503, "database_unavailable");
    let metrics = server.get("/metrics");
    assert!(metrics.text().contains("cusip_database_available 0"));
}

fn assert_up(server: &Server) {
    eventually("the server is ready", || server.get("/ready").status == 200);
    let health = server.get("/health").assert_status(200);
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["database"], "connected");
    server.load_all().assert_status(200);
}

#[test]
fn server_starts_and_recovers_when_the_database_is_down() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let files = tempdir().unwrap();
    write_synthetic_day(files.path(), day(), 2, 1);
    // The server's socket is in another folder each time.
    let socket = parent.path().join("socket");
    let mut arguments: Vec<_> = ["--host", socket.to_str().unwrap(), "--dbname", "cusip"]
        .map(str::to_owned)
        .into();
    arguments.extend(["--file-dir".to_owned(), files.path().display().to_string()]);
    let server = Server::start_as(&arguments, &[]);
    let up = || {
        let database_server = TestServer::start(&data);
        let database = database_server.database();
        let _ = std::fs::remove_file(&socket);
        symlink(&database.arguments()[1], &socket).unwrap();
        (database_server, database)
    };
    assert_down(&server);
    let (database_server, database) = up();
    assert_up(&server);
    assert_eq!(master_rows(&database), [2, 2, 2]);
    drop(database_server);
    eventually("the server has noticed", || {
        server.get("/ready").status == 503
    });
    assert_down(&server);
    let (_database_server, _) = up();
    assert_up(&server);
}

#[test]
fn load_lost_with_the_database_is_counted_and_logged() {
    let parent = open_folder();
    let files = tempdir().unwrap();
    write_synthetic_day(files.path(), day(), 2, 1);
    let database_server = TestServer::start(&parent.path().join("private"));
    let database = database_server.database();
    let server = Server::start(&database, files.path());
    let reader = Session::begin(&database, "lock table issue in share mode");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| server.load_all());
        await_waiting_write(&database, "issue");
        drop(database_server);
        let answer = waiting.join().unwrap();
        let problem = answer.assert_problem(503, "database_unavailable");
        assert_eq!(problem["job_id"], 1);
        assert_eq!(answer.header("location"), Some("/jobs/1"));
    });
    assert!(reader.is_lost());
    let figures = server.get("/metrics").text();
    let failed = r#"cusip_loads_total{kind="load-all",outcome="failed"} 1"#;
    assert!(figures.lines().any(|line| line == failed), "{figures}");
    // The alarms of deploy/service.yaml count this line.
    let log = server.log();
    let ended = r#""message":"load ended","status":"failed""#;
    assert!(log.contains(ended), "{log}");
}

#[test]
fn hanging_database_counts_as_down_until_it_continues() {
    let gate = DatabaseGate::start(TestDatabase::migrated(), 100);
    let mut arguments = gate.arguments();
    arguments.extend(["--file-dir", "/nowhere"].map(str::to_owned));
    let server = Server::start_as(&arguments, &[]);
    server
        .get("/ready")
        .assert_problem(503, "database_unavailable");
    assert_eq!(server.get("/health").status, 503);
    assert_eq!(server.get("/live").status, 200);
    gate.open();
    eventually("the server is ready", || server.get("/ready").status == 200);
}

#[test]
fn server_becomes_ready_when_the_schema_is_migrated() {
    let database = TestDatabase::empty();
    let files = tempdir().unwrap();
    write_synthetic_day(files.path(), day(), 2, 1);
    let server = Server::start(&database, files.path());
    let problem = server
        .get("/ready")
        .assert_problem(503, "database_unavailable");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("run `cusip migrate`"), "{detail}");
    assert_eq!(server.get("/health").status, 503);
    server
        .load_all()
        .assert_problem(503, "database_unavailable");
    assert_eq!(database.query("select to_regclass('load_job')"), [[""]]);
    cusip_test_support::cusip_on(&database, ["migrate"]).assert_done();
    assert_up(&server);
}

#[test]
fn embedded_server_needs_no_other_setting() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let files = tempdir().unwrap();
    write_synthetic_day(files.path(), day(), 2, 1);
    let embedded = format!("--embedded={}", data.display());
    let arguments = [&embedded, "--file-dir", path(files.path())];
    let server = Server::start_as(&arguments.map(str::to_owned), &[]);
    server.load_all().assert_status(200);
    server.signal(cusip_test_support::Signal::TERM);
    server.end().assert_done();
    assert!(!data.join("data/postmaster.pid").exists());
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
