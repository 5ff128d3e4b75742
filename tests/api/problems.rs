//! Every failure is a problem document with a stable code.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;

use cusip_pif::{Date, FileKind};
use cusip_test_support::api::{DAY, Server, TOKEN};
use cusip_test_support::{
    TestDatabase, assert_consistent, day, master_rows, set_last_modified, write_file,
    write_synthetic_day,
};
use serde_json::Value;
use tempfile::tempdir;

fn detail(problem: &Value) -> &str {
    problem["detail"].as_str().expect("a problem has details")
}

#[test]
fn type_of_a_problem_leads_to_its_description() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let problem = server.get("/jobs/17").assert_problem(404, "job_not_found");
    let link = problem["type"].as_str().expect("a problem has a type");
    let (path, anchor) = link.split_once('#').expect("it names a place in a page");
    let page = server.get(path);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.text().contains(&format!("id=\"{anchor}\"")),
        "{page:?}"
    );
}

#[test]
fn malformed_requests_get_problem_documents() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let bodies = [
        r#"{"date": "2024-02-30"}"#,
        r#"{"date": "15.01.2024"}"#,
        r#"{"date": 20240115}"#,
        r#"{"day": "2024-01-15"}"#,
        r#"{"date": "2024-01-15", "date": "2024-01-16"}"#,
        r#"{"force": "yes"}"#,
        r#"{"max_rejects": -1}"#,
        r#"{"max_rejects": "ten"}"#,
        r#"{"max_rejects": 9007199254740992}"#,
        r#"{"max_age_days": 1.5}"#,
        r#"{"date": "2024-01-15""#,
        r#"{"date": "2024-01-15"} {}"#,
        "[]",
        r#"["2024-01-15", 0, false, false, 7, false]"#,
        r#" [null, null, null, null, null, null]"#,
        " ",
        "\u{feff}{}",
    ];
    for body in bodies {
        let request = server.request("POST", "/jobs/load-all").json(body);
        request.send().assert_problem(400, "bad_request");
    }
    let named = server
        .request("POST", "/jobs/load-all")
        .json(r#"{"force": 1}"#);
    let problem = named.send().assert_problem(400, "bad_request");
    assert!(detail(&problem).contains("force"), "{problem}");
    let oversized = format!("{{\"date\": \"{}\"}}", "x".repeat(70_000));
    let request = server.request("POST", "/jobs/load-all").json(&oversized);
    request.send().assert_problem(413, "body_too_large");
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "json",
        "application/xml",
        "application/json; charset=iso-8859-1",
    ] {
        let request = server.request("POST", "/jobs/load-all").body(DAY);
        let answer = request.header("content-type", kind).send();
        answer.assert_problem(415, "unsupported_media_type");
    }
    let packed = server.request("POST", "/jobs/load-all").json(DAY);
    let answer = packed.header("content-encoding", "gzip").send();
    let problem = answer.assert_problem(415, "unsupported_media_type");
    assert!(detail(&problem).contains("Content-Encoding"), "{problem}");
    // Parameters in the query string are refused, because the server would ignore them.
    let request = server.request("POST", "/jobs/load-all?force=true&date=2024-01-15");
    let problem = request.send().assert_problem(400, "bad_request");
    assert!(detail(&problem).contains("force=true"), "{problem}");
    for path in ["/jobs/load-foo", "/jobs/load_all", "/jobs/loadall"] {
        let answer = server.request("POST", path).json(DAY).send();
        let problem = answer.assert_problem(404, "path_not_found");
        let loads = "load-all, load-issuer, load-issue, load-issue-attr";
        assert!(detail(&problem).contains(loads), "{problem}");
    }
    let allowed = [
        ("PUT", "/jobs/load-all", "POST"),
        ("GET", "/jobs/load-issue", "POST"),
        ("POST", "/jobs", "GET,HEAD"),
        ("POST", "/jobs/1", "GET,HEAD,DELETE"),
        ("PATCH", "/jobs/1", "GET,HEAD,DELETE"),
        ("DELETE", "/jobs/1/rejects", "GET,HEAD"),
        ("POST", "/live", "GET,HEAD"),
        ("BREW", "/health", "GET,HEAD"),
    ];
    for (method, path, methods) in allowed {
        let answer = server.request(method, path).send();
        answer.assert_problem(405, "method_not_allowed");
        let mut allow: Vec<_> = answer.header("allow").unwrap().split(',').collect();
        let mut methods: Vec<_> = methods.split(',').collect();
        allow.sort_unstable();
        methods.sort_unstable();
        assert_eq!(allow, methods, "{method} {path}");
    }
    for path in [
        "/",
        "/job",
        "/jobs/",
        "/jobs/1/files",
        "/live/",
        "/%FF",
        "/..%2Fetc",
    ] {
        server.get(path).assert_problem(404, "path_not_found");
    }
    for path in [
        "/jobs/one",
        "/jobs/0",
        "/jobs/-1",
        "/jobs/%2B1",
        "/jobs/%FF",
        "/jobs/9223372036854775808",
        "/jobs?limit=0",
        "/jobs?limit=1001",
        "/jobs?limit=",
        "/jobs?limit=1&limit=2",
        "/jobs?limit=%2B1",
        "/jobs?before=0",
        "/jobs?before=%2B1",
        "/jobs?status=done",
        "/jobs?kind=load",
        "/jobs?date=2024-02-30",
        "/jobs?color=red",
        "/jobs/3?x=1",
        "/jobs/1/rejects?color=red",
        "/jobs/1/rejects/issue?limit=5",
        "/live?x=1",
        "/ready?x=1",
        "/health?x=1",
        "/metrics?x=1",
        "/jobs/1/rejects?after=x",
        "/jobs/1/rejects?after=1-1234567890123456789",
        "/jobs/1/rejects?file=bond",
        "/jobs/1/rejects/bond",
    ] {
        server.get(path).assert_problem(400, "bad_request");
    }
    for path in [
        "/jobs/7",
        "/jobs/9223372036854775807",
        "/jobs/7/rejects",
        "/jobs/7/rejects/issue",
    ] {
        server.get(path).assert_problem(404, "job_not_found");
    }
    let answer = server.request("DELETE", "/jobs/7?force=true").send();
    answer.assert_problem(400, "bad_request");
    let problem = server.get("/jobs/").assert_problem(404, "path_not_found");
    assert!(
        detail(&problem).contains("do not end with a slash"),
        "{problem}"
    );
    let answer = server.request("DELETE", "/jobs/7").send();
    answer.assert_problem(404, "job_not_found");
    // None of them has started a job.
    assert_eq!(database.query("select count(*) from load_job"), [["0"]]);
    let problem = server.load_all().assert_problem(404, "file_not_found");
    assert!(
        problem["detail"].as_str().unwrap().contains("/nowhere"),
        "{problem}"
    );
}

#[test]
fn body_announced_as_too_long_is_refused_before_it_arrives() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let mut client = TcpStream::connect(server.address()).unwrap();
    let request = format!(
        "POST /jobs/load-all HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: 65537\r\n\r\n"
    );
    client.write_all(request.as_bytes()).unwrap();
    let mut status = String::new();
    BufReader::new(client).read_line(&mut status).unwrap();
    assert_eq!(status, "HTTP/1.1 413 Payload Too Large\r\n");
}

#[test]
fn json_content_type_is_accepted_in_every_spelling() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    for kind in [
        "application/json; charset=utf-8",
        "Application/JSON;Charset=\"UTF-8\"",
        "application/vnd.cusip+json",
    ] {
        let request = server.request("POST", "/jobs/load-all").body(DAY);
        let request = request.header("content-type", kind);
        let answer = request.header("content-encoding", "identity").send();
        answer.assert_problem(404, "file_not_found");
    }
    // curl and others can be told to leave the header out.
    let request = server.request("POST", "/jobs/load-all").body(DAY);
    request.send().assert_problem(404, "file_not_found");
    let request = server.request("POST", "/jobs/load-all").body(DAY);
    let answer = request.header("content-type", "").send();
    answer.assert_problem(404, "file_not_found");
    let request = server
        .request("POST", "/jobs/load-all")
        .body("date=2024-01-15");
    request.send().assert_problem(400, "bad_request");
}

#[test]
fn caller_can_set_the_request_id() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let named = |id: &str| {
        let answer = server.request("GET", "/nowhere").header("x-request-id", id);
        let problem = answer.send().assert_problem(404, "path_not_found");
        problem["request_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(named("stonebranch-4711"), "stonebranch-4711");
    assert_ne!(named("two words"), "two words");
    assert_ne!(named(&"x".repeat(200)), "x".repeat(200));
}

#[test]
fn bad_files_get_problem_documents_with_results() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    let issues = folder.path().join("CED01-15E.PIP");
    let whole = fs::read(&issues).unwrap();
    let server = Server::start(&database, folder.path());

    let text = String::from_utf8(whole.clone()).unwrap();
    let trailer = text.find("999999|").unwrap();
    fs::write(&issues, &whole[..trailer]).unwrap();
    set_last_modified(&issues, day());
    let problem = server.load_all().assert_problem(422, "no_trailer");
    // The other files were read as well, and the job log agrees with the response.
    let rolled_back = format!("rolled back: {issues:?} could not be loaded");
    for results in [
        &problem["results"],
        &server.get("/jobs/1").json()["results"],
    ] {
        for (file, error) in [
            (0, &*rolled_back),
            (1, "has no trailer"),
            (2, &*rolled_back),
        ] {
            assert_eq!(results[file]["status"], "error", "{results}");
            let said = results[file]["error"].as_str().unwrap();
            assert!(said.contains(error), "{said}");
        }
    }
    assert_eq!(problem["instance"], "/jobs/1");

    // A file of another year.
    fs::write(&issues, &whole).unwrap();
    set_last_modified(&issues, Date::new(2023, 1, 15).unwrap());
    let problem = server.load_all().assert_problem(422, "stale_file");
    assert!(detail(&problem).ends_with("(set \"max_age_days\" in the request body)"));
    // Nothing was read.
    assert_eq!(problem["results"][0]["status"], "skipped");
    assert_eq!(problem["results"][0]["error"], Value::Null);

    // One bad record, then exactly as many as are allowed.
    write_file(folder.path(), day(), FileKind::Issuer, &["nonsense"]);
    set_last_modified(&issues, day());
    let answer = server.load_all();
    let problem = answer.assert_problem(422, "too_many_rejects");
    assert_eq!(problem["success"], false);
    let remedy = "or allow more rejects (set \"max_rejects\" in the request body)";
    assert!(detail(&problem).ends_with(remedy), "{problem}");
    assert_eq!(problem["results"][0]["rows_rejected"], 1);
    let rejects = problem["rejects"].as_array().unwrap();
    assert_eq!(rejects[0]["rule"], "field_count", "{problem}");
    assert_eq!(rejects[0]["line_number"], 1);
    // The other rejects are the ones whose issuer was in the bad file.
    assert_eq!(rejects.len(), 13);
    assert_eq!(master_rows(&database), [0; 3]);
    let lenient = r#"{"date": "2024-01-15", "max_rejects": "100%"}"#;
    let request = server.request("POST", "/jobs/load-all").json(lenient);
    request.send().assert_status(200);
    assert_consistent(&database);
    let known = server.load_all().assert_status(200);
    let warning = known["results"][0]["warnings"][0].as_str().unwrap();
    let remedy = "fix and load those, or force another load";
    assert!(warning.ends_with(remedy), "{known}");
}

#[test]
fn day_in_the_future_is_refused_whatever_is_allowed() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), Date::new(2098, 11, 24).unwrap(), 1, 1);
    let server = Server::start(&database, folder.path());
    for date in ["2098-11-24", "9999-11-24"] {
        let body = serde_json::json!({
            "date": date, "max_age_days": 0, "allow_older": true, "force": true,
        });
        let request = server.request("POST", "/jobs/load-all");
        let answer = request.json(&body.to_string()).send();
        let problem = answer.assert_problem(422, "future_day");
        assert!(detail(&problem).contains("is in the future"), "{problem}");
    }
    assert_eq!(master_rows(&database), [0; 3]);
}

#[test]
fn archive_is_named_as_what_it_is() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    let issues = folder.path().join("CED01-15E.PIP");
    fs::write(&issues, b"PK\x03\x04\x14\0\0\0").unwrap();
    set_last_modified(&issues, day());
    let server = Server::start(&database, folder.path());
    let problem = server.load_all().assert_problem(422, "foreign_format");
    assert!(detail(&problem).contains("is a ZIP archive"), "{problem}");
}

#[test]
fn older_day_is_a_conflict() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let older = Date::new(2024, 1, 14).unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    write_synthetic_day(folder.path(), older, 1, 1);
    let server = Server::start(&database, folder.path());
    server.load_all().assert_status(200);
    let load = |body: &str| server.request("POST", "/jobs/load-all").json(body).send();
    let problem = load(r#"{"date": "2024-01-14"}"#).assert_problem(409, "older_day");
    assert!(
        detail(&problem).ends_with("allow an older one (set \"allow_older\" in the request body)")
    );
    load(r#"{"date": "2024-01-14", "allow_older": true}"#).assert_status(200);
}
