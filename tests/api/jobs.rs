//! Listing, watching and canceling jobs.

use cusip_pif::FileKind;
use cusip_test_support::api::{DAY, Server};
use cusip_test_support::{
    Running, Session, Signal, TestDatabase, TwoDays, assert_consistent, await_copy, await_waiting,
    await_waiting_write, cusip_on, day, eventually, master_rows, row_versions, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

fn folder() -> TempDir {
    let folder = tempdir().expect("a folder can be made");
    write_synthetic_day(folder.path(), day(), 5, 2);
    folder
}

#[test]
fn jobs_are_listed_newest_first_in_pages_and_filtered() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    let load = |kind: &str, body: &str| {
        let request = server.request("POST", &format!("/jobs/load-{kind}"));
        request.json(body).send()
    };
    load("all", DAY).assert_status(200);
    load("issuer", DAY).assert_status(200);
    load("all", r#"{"date": "2024-01-16"}"#).assert_problem(404, "day_not_found");
    load("all", r#"{"date": "2024-01-15", "force": true}"#).assert_status(200);
    let list = |query: &str| {
        let answer = server.get(&format!("/jobs{query}")).assert_status(200);
        let jobs = answer["jobs"].as_array().unwrap().iter();
        let ids: Vec<_> = jobs.map(|job| job["job_id"].as_i64().unwrap()).collect();
        (ids, answer["next"].as_i64())
    };
    assert_eq!(list(""), (vec![4, 3, 2, 1], None));
    assert_eq!(list("?limit=2"), (vec![4, 3], Some(3)));
    assert_eq!(list("?limit=2&before=3"), (vec![2, 1], None));
    assert_eq!(list("?limit=3&before=1"), (vec![], None));
    assert_eq!(list("?status=failed"), (vec![3], None));
    assert_eq!(list("?kind=load-issuer"), (vec![2], None));
    assert_eq!(
        list("?date=2024-01-15&kind=load-all&limit=1"),
        (vec![4], Some(4))
    );
    assert_eq!(list("?status=running"), (vec![], None));
}

#[test]
fn running_job_shows_its_progress() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    let reader = Session::begin(&database, "lock table issue in share mode");
    let id = server.begin_load_all();
    let path = format!("/jobs/{id}");
    let mut job = server.get(&path).json();
    eventually("the job waits to merge issues", || {
        job = server.get(&path).json();
        job["progress"]["phase"] == "merging"
    });
    let progress = &job["progress"];
    assert_eq!(progress["type"], "issue");
    // Everything is read and checked, and 5 of 25 records are merged.
    assert_eq!(progress["percent"], 27.2);
    assert_eq!(progress["rows_read"], 25);
    assert_eq!(progress["bytes_read"], progress["bytes_total"]);
    let bytes: u64 = (folder.path().read_dir().unwrap())
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert_eq!(progress["bytes_total"], bytes);
    assert_eq!(job["results"][0]["status"], "running");
    assert_eq!(job["results"][1]["rows_read"], 10);
    // The counts include only what is committed.
    assert_eq!(job["results"][0]["rows_inserted"], 0);
    reader.end();
    eventually("the job succeeds", || {
        job = server.get(&path).json();
        job["status"] == "succeeded"
    });
    assert_eq!(job["progress"], serde_json::Value::Null);
    assert_eq!(job["success"], true);
    assert_eq!(job["results"][2]["rows_inserted"], 10);
    assert_eq!(job["options"]["max_rejects"], "0");
    assert_eq!(job["program"], "api");
}

#[test]
fn canceled_job_changes_nothing_and_cannot_be_canceled_again() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    let reader = Session::begin(&database, "lock table issue in share mode");
    let id = server.begin_load_all();
    await_waiting_write(&database, "issue");
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.load_all());
        let answer = server.request("DELETE", &format!("/jobs/{id}")).send();
        let job = answer.assert_status(200);
        assert_eq!(
            (&job["status"], &job["success"]),
            (&"cancelled".into(), &false.into())
        );
        waiting.join().unwrap()
    });
    // If the job had already ended, this request started another one.
    if waiting.status == 409 {
        waiting.assert_problem(409, "cancelled");
    }
    reader.end();
    let answer = server.request("DELETE", &format!("/jobs/{id}")).send();
    let problem = answer.assert_problem(409, "job_ended");
    assert_eq!(problem["instance"], format!("/jobs/{id}"));
    eventually("nothing runs", || {
        server.get("/jobs?status=running").json()["jobs"] == serde_json::json!([])
    });
    assert_consistent(&database);
}

#[test]
fn job_of_another_program_can_be_canceled() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    let reader = Session::begin(&database, "lock table issue in share mode");
    let path = folder.path().to_str().unwrap();
    let load = ["load", "--date", "2024-01-15", "--file-dir", path];
    let command = Running::start_on(&database, load);
    await_waiting_write(&database, "issue");
    let answer = server.request("DELETE", "/jobs/1").send();
    assert!([200, 202].contains(&answer.status), "{answer:?}");
    command
        .end()
        .assert_fails(1, &["the load was canceled; nothing was loaded"]);
    reader.end();
    assert_eq!(server.get("/jobs/1").json()["status"], "cancelled");
    assert_eq!(master_rows(&database), [0; 3]);
    assert_consistent(&database);
    cusip_on(&database, load).assert_done();
}

/// The load notices the request only in its last statement, and must not report success then.
#[test]
fn job_marked_for_cancellation_is_not_committed() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    // This delays the last progress update, and therefore the commit after it.
    let files = Session::begin(&database, "lock table issue_attribute in share mode");
    let id = server.begin_load_all();
    await_waiting_write(&database, "issue_attribute");
    let job = Session::begin(
        &database,
        &format!("update load_job set cancel_requested_at = now() where id = {id}"),
    );
    files.end();
    await_waiting(&database, "update load_job set status = 'succeeded'");
    job.execute("commit");
    let path = format!("/jobs/{id}");
    eventually("the job ends", || {
        server.get(&path).json()["success"].is_boolean()
    });
    let job = server.get(&path).json();
    assert_eq!(job["status"], "cancelled", "{job}");
    assert_eq!(master_rows(&database), [0; 3]);
    assert_consistent(&database);
}

#[test]
fn job_records_who_asked_for_it() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let variables = [
        ("CUSIP_API_PROXIES", "1"),
        ("CUSIP_API_REQUESTED_BY_HEADER", "X-Forwarded-User"),
    ];
    let server = Server::start_with(&database, folder.path(), &variables);
    let request = server.request("POST", "/jobs/load-all").json(DAY);
    let request = request.header("x-request-id", "scheduler-run-17");
    let request = request.header("x-forwarded-user", "ann@example.com");
    let answer = request
        .header("x-forwarded-for", "203.0.113.7, 192.0.2.1")
        .send();
    answer.assert_status(200);
    let job = server.get("/jobs/1").assert_status(200);
    assert_eq!(job["client_address"], "192.0.2.1");
    assert_eq!(job["request_id"], "scheduler-run-17");
    assert_eq!(job["requested_by"], "ann@example.com");
    let listed = server.get("/jobs").assert_status(200);
    assert_eq!(listed["jobs"][0]["requested_by"], "ann@example.com");
    let logged =
        database.query("select host(client_address), request_id, requested_by from load_job");
    assert_eq!(
        logged,
        [["192.0.2.1", "scheduler-run-17", "ann@example.com"]]
    );
}

#[test]
fn job_has_the_address_and_the_request_id_without_any_setting() {
    let (database, folder) = (TestDatabase::migrated(), folder());
    let server = Server::start(&database, folder.path());
    let request = server.request("POST", "/jobs/load-all").json(DAY);
    let request = request.header("x-forwarded-user", "mallory");
    let answer = request.header("x-forwarded-for", "203.0.113.7").send();
    answer.assert_status(200);
    let job = server.get("/jobs/1").assert_status(200);
    assert_eq!(job["client_address"], "127.0.0.1");
    assert_eq!(job["request_id"].as_str(), answer.header("x-request-id"));
    assert_eq!(job["requested_by"], serde_json::Value::Null);
}

/// Its program does not notice that it is canceled.
#[test]
fn cancel_ends_the_session_of_a_stopped_program() {
    let database = TestDatabase::migrated();
    let days = TwoDays::write();
    let before = days.load_first(&database);
    let (load, mut pipe, [content, rest]) = days.load_second_through_pipe(FileKind::Issue);
    let command = Running::start_on(&database, load);
    pipe.write(&content);
    await_copy(&database, FileKind::Issue);
    command.signal(Signal::STOP);
    let server = Server::start(&database, days.first_folder());
    let job = server
        .request("DELETE", "/jobs/2")
        .send()
        .assert_status(200);
    assert_eq!(job["status"], "cancelled", "{job}");
    assert_eq!(job["error_code"], "cancelled", "{job}");
    assert_eq!(job["success"], false, "{job}");
    assert_eq!(job["results"][0]["status"], "error", "{job}");
    assert_eq!(row_versions(&database), before);
    server.load_all().assert_status(200);
    command.signal(Signal::CONT);
    pipe.end(&rest);
    command.end().assert_fails(5, &["error: cannot "]);
    assert_eq!(server.get("/jobs/2").json()["status"], "cancelled");
    assert_consistent(&database);
}
