//! What callers of the earlier service rely on: the curl call, the response, the status.

use std::process::{Command, Output};

use cusip_test_support::api::{DAY, Server, TOKEN};
use cusip_test_support::{
    Session, TestDatabase, assert_consistent, assert_counts, day, master_rows, write_synthetic_day,
};
use serde_json::Value;
use tempfile::tempdir;

/// Makes the documented call, with more options for curl.
fn curl(server: &Server, options: &[&str]) -> Output {
    Command::new("curl")
        .args(options)
        .args(["--silent", "--max-time", "90"])
        .args(["-X", "POST", &server.url("/jobs/load-all")])
        .args(["-H", &format!("Authorization: Bearer {TOKEN}")])
        .args(["-H", "Content-Type: application/json"])
        .args(["-d", DAY])
        .output()
        .expect("curl is installed")
}

#[test]
fn documented_curl_call_loads_a_day_from_a_folder() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 20, 5);
    let server = Server::start(&database, folder.path());
    let called = curl(&server, &["--fail"]);
    assert!(called.status.success(), "{called:?}");
    let answer: Value = serde_json::from_slice(&called.stdout).unwrap();
    assert_eq!(answer["job_id"], 1);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["date"], "2024-01-15");
    assert_counts(&answer, "issuer", [20, 20, 20, 0, 0, 0, 0]);
    assert_counts(&answer, "issue", [100, 100, 100, 0, 0, 0, 0]);
    assert_counts(&answer, "issue_attr", [100, 100, 100, 0, 0, 0, 0]);
    for file in answer["results"].as_array().unwrap() {
        assert_eq!(
            (&file["status"], &file["error"]),
            (&"success".into(), &Value::Null)
        );
        assert_eq!(file["warnings"], Value::Array(Vec::new()));
    }
    assert_eq!(master_rows(&database), [20, 100, 100]);
    assert_consistent(&database);

    // The second time, the day is known, and that is a success.
    let answer = server.load_all().assert_status(200);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["results"][0]["status"], "skipped");
    assert_eq!(answer["results"][0]["already_loaded_by"], 1);
}

#[test]
fn curl_fails_if_files_are_missing_and_lists_what_is_there() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    std::fs::remove_file(folder.path().join("CED01-15E.PIP")).unwrap();
    let server = Server::start(&database, folder.path());
    let called = curl(&server, &["--fail-with-body"]);
    assert_eq!(called.status.code(), Some(22), "{called:?}");
    let problem: Value = serde_json::from_slice(&called.stdout).unwrap();
    assert_eq!(problem["success"], false);
    assert_eq!(problem["job_id"], 1);
    let problem = server.load_all().assert_problem(404, "day_not_found");
    let detail = problem["detail"].as_str().unwrap();
    for text in [
        "CED01-15E.PIP",
        folder.path().to_str().unwrap(),
        "CED01-15R.PIP",
    ] {
        assert!(detail.contains(text), "{text} in {detail}");
    }
    assert_eq!(master_rows(&database), [0; 3]);

    let partial = r#"{"date": "2024-01-15", "allow_partial": true}"#;
    let request = server.request("POST", "/jobs/load-all").json(partial);
    let problem = request.send().assert_problem(422, "too_many_rejects");
    // The attribute has no issue.
    assert_eq!(problem["rejects"][0]["rule"], "orphan");
}

#[test]
fn command_line_and_api_return_the_same_document() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    let server = Server::start(&database, folder.path());
    let by_api = server.load_all().assert_status(200);
    let path = folder.path().to_str().unwrap();
    let again = ["--date", "2024-01-15", "--file-dir", path, "--force"];
    let other = TestDatabase::migrated();
    let (run, by_command) = cusip_test_support::load_document(&other, again);
    run.assert_done();
    assert_eq!(without_timings(by_api), without_timings(by_command));

    let by_api = (server.request("POST", "/jobs/load-all"))
        .json(r#"{"date": "2024-01-15", "force": true}"#)
        .send()
        .assert_status(200);
    let (_, by_command) = cusip_test_support::load_document(&other, again);
    assert_eq!(without_timings(by_api), without_timings(by_command));
}

/// Removes how long each phase took, which differs from load to load.
fn without_timings(mut report: Value) -> Value {
    for file in report["results"].as_array_mut().expect("a list") {
        let phases = file.as_object_mut().expect("an object").remove("phase_ms");
        assert!(phases.is_some_and(|phases| phases.is_object()), "{file}");
    }
    report
}

#[test]
fn each_kind_can_be_loaded_separately() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 4, 2);
    let server = Server::start(&database, folder.path());
    let kinds = [("issuer", 4), ("issue", 8), ("issue-attr", 8)];
    for (index, (kind, rows)) in kinds.into_iter().enumerate() {
        let request = server.request("POST", &format!("/jobs/load-{kind}"));
        let answer = request.json(DAY).send().assert_status(200);
        let wire_name = kind.replace('-', "_");
        assert_counts(&answer, &wire_name, [rows, rows, rows, 0, 0, 0, 0]);
        assert_eq!(answer["results"].as_array().unwrap().len(), 1);
        let job = server
            .get(&format!("/jobs/{}", index + 1))
            .assert_status(200);
        assert_eq!(job["kind"], format!("load-{kind}"));
    }
    // Each of them recognizes what the others have loaded.
    let answer = server.load_all().assert_status(200);
    assert_eq!(answer["results"][2]["already_loaded_by"], 3);
    std::fs::remove_file(folder.path().join("CED01-15R.PIP")).unwrap();
    let request = server.request("POST", "/jobs/load-issuer").json(DAY);
    let problem = request.send().assert_problem(404, "day_not_found");
    assert!(
        !problem["detail"]
            .as_str()
            .unwrap()
            .contains("CED01-15E.PIP not")
    );
}

#[test]
fn request_without_body_loads_today_in_the_servers_time_zone() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let today = |zone: &str| {
        let query = format!("select to_char(now() at time zone '{zone}', 'YYYY-MM-DD')");
        database.query(&query)[0][0].clone()
    };
    // These two time zones share a date for at most an hour.
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
        let server = Server::start_with(&database, folder.path(), &[("CUSIP_TIMEZONE", zone)]);
        for body in [None, Some("null"), Some("{}"), Some(r#"{"date": null}"#)] {
            let request = server.request("POST", "/jobs/load-all");
            let before = today(zone);
            let answer = body.map_or_else(
                || request.try_send(),
                |_| {
                    server
                        .request("POST", "/jobs/load-all")
                        .json(body.unwrap())
                        .try_send()
                },
            );
            let problem = answer.unwrap().assert_problem(404, "day_not_found");
            let date = problem["date"].as_str().unwrap();
            assert!(
                [before, today(zone)].contains(&date.to_owned()),
                "{zone}: {date}"
            );
        }
    }
}

#[test]
fn prefer_header_is_applied_and_echoed() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 1);
    let server = Server::start(&database, folder.path());
    let reader = Session::begin(&database, "lock table issuer in share mode");
    let ask = |prefer: &str| {
        let request = server.request("POST", "/jobs/load-all").json(DAY);
        request.header("prefer", prefer).send()
    };
    for (prefer, applied) in [
        ("respond-async", "respond-async"),
        ("wait=1", "wait=1"),
        ("Respond-Async, wait=0", "respond-async, wait=0"),
    ] {
        let answer = ask(prefer);
        let job = answer.assert_status(202);
        assert_eq!(answer.header("location"), Some("/jobs/1"));
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.header("preference-applied"), Some(applied));
        assert_eq!(
            (&job["success"], &job["status"]),
            (&Value::Null, &"running".into())
        );
    }
    reader.end();
    let answer = ask("wait=900");
    answer.assert_status(200);
    assert_eq!(answer.header("preference-applied"), Some("wait=50"));
    assert_eq!(answer.header("content-location"), Some("/jobs/1"));
}

#[test]
fn load_longer_than_the_wait_limit_is_accepted_and_continues() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 1);
    let wait = [("CUSIP_API_WAIT_SECONDS", "1")];
    let server = Server::start_with(&database, folder.path(), &wait);
    let reader = Session::begin(&database, "lock table issuer in share mode");
    let answer = server.load_all();
    answer.assert_status(202);
    assert_eq!(answer.header("location"), Some("/jobs/1"));
    assert_eq!(answer.header("preference-applied"), None);
    reader.end();
    cusip_test_support::eventually("the job succeeds", || {
        server.get("/jobs/1").json()["status"] == "succeeded"
    });
    assert_eq!(master_rows(&database), [2, 2, 2]);
}
