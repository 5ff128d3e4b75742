//! Two servers on one database, and clients that disconnect.

use std::io::Write as _;
use std::net::TcpStream;

use cusip_test_support::api::{DAY, Server, TOKEN};
use cusip_test_support::{
    Running, Session, TestDatabase, assert_consistent, await_waiting_write, day, eventually,
    master_rows, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

struct Scene {
    database: TestDatabase,
    folder: TempDir,
    one: Server,
    other: Server,
}

impl Scene {
    fn set() -> Self {
        let database = TestDatabase::migrated();
        let folder = tempdir().expect("a folder can be made");
        write_synthetic_day(folder.path(), day(), 5, 2);
        let one = Server::start(&database, folder.path());
        let other = Server::start(&database, folder.path());
        Self {
            database,
            folder,
            one,
            other,
        }
    }

    fn jobs(&self) -> usize {
        self.database.query("select id from load_job").len()
    }
}

#[test]
fn same_request_to_both_servers_runs_one_job() {
    let scene = Scene::set();
    let reader = Session::begin(&scene.database, "lock table issue in share mode");
    let answers = std::thread::scope(|scope| {
        let asked: Vec<_> = [&scene.one, &scene.other, &scene.one, &scene.other]
            .map(|server| scope.spawn(|| server.load_all()))
            .into();
        await_waiting_write(&scene.database, "issue");
        // By then, each server has found the running job or will find it.
        eventually("both servers show the job", || {
            [&scene.one, &scene.other]
                .iter()
                .all(|server| server.get("/jobs/1").json()["status"] == "running")
        });
        let counted = |server: &Server| {
            let metrics = server.get("/metrics").text();
            metrics.contains("cusip_http_requests_in_flight 3")
        };
        eventually("all requests have arrived", || {
            counted(&scene.one) && counted(&scene.other)
        });
        reader.end();
        let answers = asked.into_iter().map(|asked| asked.join().unwrap());
        answers.collect::<Vec<_>>()
    });
    for answer in &answers {
        let report = answer.assert_status(200);
        assert_eq!(report["job_id"], 1);
        assert_eq!(answer.body, answers[0].body);
    }
    assert_eq!(scene.jobs(), 1);
    assert_eq!(master_rows(&scene.database), [5, 10, 10]);
    assert_consistent(&scene.database);
}

#[test]
fn different_request_is_a_conflict_that_links_the_running_job() {
    let scene = Scene::set();
    let reader = Session::begin(&scene.database, "lock table issue in share mode");
    let id = scene.one.begin_load_all();
    await_waiting_write(&scene.database, "issue");
    let bodies = [
        r#"{"date": "2024-01-16"}"#,
        r#"{"date": "2024-01-15", "force": true}"#,
        r#"{"date": "2024-01-15", "max_rejects": 1}"#,
    ];
    for server in [&scene.one, &scene.other] {
        for body in bodies {
            let answer = server.request("POST", "/jobs/load-all").json(body).send();
            let problem = answer.assert_problem(409, "busy");
            assert_eq!(answer.header("location"), Some(&*format!("/jobs/{id}")));
            assert_eq!(problem["instance"], format!("/jobs/{id}"));
            assert!(answer.header("retry-after").is_some());
        }
        let request = server.request("POST", "/jobs/load-issue").json(DAY);
        request.send().assert_problem(409, "busy");
    }
    reader.end();
    eventually("the job succeeds", || {
        scene.other.get(&format!("/jobs/{id}")).json()["status"] == "succeeded"
    });
    assert_eq!(scene.jobs(), 1);
}

#[test]
fn request_waits_for_the_same_load_by_the_command() {
    let scene = Scene::set();
    let reader = Session::begin(&scene.database, "lock table issue in share mode");
    let path = scene.folder.path().to_str().unwrap();
    let load = ["load", "--date", "2024-01-15", "--file-dir", path];
    let command = Running::start_on(&scene.database, load);
    await_waiting_write(&scene.database, "issue");
    let id = scene.one.begin_load_all();
    assert_eq!(id, 1);
    reader.end();
    let report = scene.other.load_all().assert_status(200);
    command.end().assert_done();
    // If the command ended first, the request found everything loaded.
    assert_eq!(report["success"], true);
    assert_eq!(master_rows(&scene.database), [5, 10, 10]);
}

#[test]
fn client_that_disconnects_does_not_stop_the_load() {
    let scene = Scene::set();
    let reader = Session::begin(&scene.database, "lock table issue in share mode");
    let mut client = TcpStream::connect(scene.one.address()).unwrap();
    let length = DAY.len();
    let request = format!(
        "POST /jobs/load-all HTTP/1.1\r\nHost: cusip\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{DAY}"
    );
    client.write_all(request.as_bytes()).unwrap();
    await_waiting_write(&scene.database, "issue");
    drop(client);
    eventually("the server has noticed", || {
        let metrics = scene.one.get("/metrics").text();
        metrics.contains("cusip_http_requests_in_flight 1")
    });
    assert_eq!(scene.other.get("/jobs/1").json()["status"], "running");
    reader.end();
    assert_eq!(scene.one.load_all().assert_status(200)["success"], true);
    assert_eq!(scene.other.get("/jobs/1").json()["status"], "succeeded");
    assert_eq!(master_rows(&scene.database), [5, 10, 10]);
}

#[test]
fn job_of_a_killed_server_is_interrupted_and_the_other_server_loads_again() {
    let Scene {
        database,
        folder: _folder,
        one,
        other,
    } = Scene::set();
    let reader = Session::begin(&database, "lock table issue in share mode");
    one.begin_load_all();
    await_waiting_write(&database, "issue");
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| other.load_all());
        eventually("the request waits for the job", || {
            let metrics = other.get("/metrics").text();
            metrics.contains("cusip_http_requests_in_flight 2")
        });
        one.kill();
        waiting.join().unwrap()
    });
    reader.end();
    let problem = waiting.assert_problem(503, "interrupted");
    assert_eq!(problem["job_id"], 1);
    let job = other.get("/jobs/1").assert_status(200);
    assert_eq!(job["status"], "interrupted");
    assert_eq!(job["success"], false);
    assert!(job["message"].as_str().unwrap().contains("load again"));
    // The alarms of deploy/service.yaml count this line.
    let log = other.log();
    let died = r#""message":"earlier jobs died; they are marked interrupted""#;
    assert!(log.contains(died), "{log}");
    assert_eq!(master_rows(&database), [0; 3]);
    let report = other.load_all().assert_status(200);
    assert_eq!(report["job_id"], 2);
    assert_eq!(master_rows(&database), [5, 10, 10]);
    assert_consistent(&database);
}
