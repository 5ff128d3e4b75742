//! How an orchestrator stops the server, and what that means for loads and clients.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use cusip_test_support::api::Server;
use cusip_test_support::{
    DatabaseGate, Session, Signal, TestDatabase, assert_consistent, await_no_session,
    await_waiting_write, day, eventually, master_rows, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

/// ECS kills a task that has not ended by then.
const ORCHESTRATORS_PATIENCE: Duration = Duration::from_secs(30);

fn folder() -> TempDir {
    let folder = tempdir().expect("a folder can be made");
    write_synthetic_day(folder.path(), day(), 5, 2);
    folder
}

#[test]
fn load_that_outlasts_the_shutdown_is_rolled_back_and_its_client_gets_a_problem() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let seconds = [("CUSIP_API_SHUTDOWN_SECONDS", "2")];
    let server = Server::start_with(&database, folder.path(), &seconds);
    let reader = Session::begin(&database, "lock table issue in share mode");
    let mut idle = TcpStream::connect(server.address()).unwrap();
    idle.write_all(b"GET /live HTTP/1.1\r\nHost: cusip\r\n\r\n")
        .unwrap();
    let begun = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.load_all());
        await_waiting_write(&database, "issue");
        let begun = Instant::now();
        server.signal(Signal::TERM);
        eventually("the server is not ready any more", || {
            server.get("/ready").status == 503
        });
        server.get("/ready").assert_problem(503, "shutting_down");
        let health = server.get("/health").assert_status(503);
        assert_eq!(health["status"], "unhealthy");
        assert_eq!(server.get("/live").status, 200);
        assert_eq!(server.get("/jobs/1").json()["status"], "running");
        let refused = server.load_all();
        refused.assert_problem(503, "shutting_down");
        assert!(refused.header("retry-after").is_some());
        waiting.join().unwrap().assert_problem(503, "interrupted");
        begun
    });
    let run = server.end();
    run.assert_done();
    assert!(begun.elapsed() < ORCHESTRATORS_PATIENCE);
    reader.end();
    await_no_session(&database);
    let job = database.query("select status, error_code from load_job");
    assert_eq!(job, [["interrupted", "interrupted"]]);
    assert_eq!(master_rows(&database), [0; 3]);
    assert_consistent(&database);
    // The server closed the idle connection instead of waiting for it.
    let mut answer = Vec::new();
    idle.read_to_end(&mut answer).unwrap();
}

#[test]
fn load_that_ends_in_time_gets_its_answer() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    let reader = Session::begin(&database, "lock table issue in share mode");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.load_all());
        await_waiting_write(&database, "issue");
        server.signal(Signal::TERM);
        eventually("the server is not ready any more", || {
            server.get("/ready").status == 503
        });
        reader.end();
        waiting.join().unwrap().assert_status(200);
    });
    server.end().assert_done();
    assert_eq!(master_rows(&database), [5, 10, 10]);
    assert_consistent(&database);
}

#[test]
fn request_waiting_for_another_servers_load_gets_its_address() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let one = Server::start(&database, folder.path());
    let other = Server::start(&database, folder.path());
    let reader = Session::begin(&database, "lock table issue in share mode");
    one.begin_load_all();
    await_waiting_write(&database, "issue");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| other.load_all());
        eventually("the request waits for the job", || {
            let metrics = other.get("/metrics").text();
            metrics.contains("cusip_http_requests_in_flight 2")
        });
        other.signal(Signal::TERM);
        let answer = waiting.join().unwrap();
        answer.assert_status(202);
        assert_eq!(answer.header("location"), Some("/jobs/1"));
    });
    other.end().assert_done();
    reader.end();
    eventually("the job succeeds", || {
        one.get("/jobs/1").json()["status"] == "succeeded"
    });
}

#[test]
fn idle_server_ends_immediately() {
    let database = TestDatabase::migrated();
    for signal in [Signal::TERM, Signal::INT] {
        let server = Server::start(&database, Path::new("/nowhere"));
        server.signal(signal);
        server.end().assert_done();
    }
}

#[test]
fn hanging_database_does_not_delay_the_shutdown() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let gate = DatabaseGate::start(database, 8 * 1024);
    let mut arguments = gate.arguments();
    arguments.extend(["--file-dir".to_owned(), folder.path().display().to_string()]);
    let seconds = [("CUSIP_API_SHUTDOWN_SECONDS", "1")];
    let server = Server::start_as(&arguments, &seconds);
    std::thread::scope(|scope| {
        // It does not matter whether this request gets a response.
        scope.spawn(|| (server.request("POST", "/jobs/load-all").try_send()).is_ok());
        gate.wait_until_closed();
        assert_eq!(server.get("/live").status, 200);
        let begun = Instant::now();
        server.signal(Signal::TERM);
        eventually("the server is gone", || {
            TcpStream::connect(server.address()).is_err()
        });
        assert!(begun.elapsed() < ORCHESTRATORS_PATIENCE);
    });
    server.end().assert_done();
    gate.open();
}

#[test]
fn second_signal_ends_the_server_immediately() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    let reader = Session::begin(&database, "lock table issue in share mode");
    server.begin_load_all();
    await_waiting_write(&database, "issue");
    server.signal(Signal::TERM);
    eventually("the server is not ready any more", || {
        server.get("/ready").status == 503
    });
    server.signal(Signal::TERM);
    assert_eq!(server.end().code, 130);
    reader.end();
    await_no_session(&database);
    let other = Server::start(&database, folder.path());
    let job = other.get("/jobs/1").json();
    assert_eq!(job["status"], "interrupted");
    assert_eq!(job["results"][0]["status"], "error", "{job}");
    let died = "rolled back: the program that ran it has died or stopped";
    assert_eq!(job["results"][0]["error"], died, "{job}");
    other.load_all().assert_status(200);
}
