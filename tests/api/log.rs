//! What the server logs about its jobs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use cusip_test_support::api::Server;
use cusip_test_support::{TestDatabase, day, eventually, write_synthetic_day};
use serde_json::Value;
use tempfile::tempdir;

#[test]
fn log_lines_are_json_and_name_the_job_of_a_load() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 1);
    let server = Server::start(&database, folder.path());
    server.load_all().assert_status(200);
    // The server writes the line after it sent the response.
    eventually("the request is on record", || {
        server.log().contains("\"answered\"")
    });
    let log = server.log();
    let lines: Vec<Value> = (log.lines())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let of_job = lines.iter().filter(|line| line["span"]["job.id"] == 1);
    let messages: Vec<_> = of_job
        .map(|line| line["fields"]["message"].as_str().unwrap_or_default())
        .collect();
    for message in ["reading", "staged", "merging", "committing"] {
        assert!(messages.contains(&message), "{message} in {messages:?}");
    }
    let answered = lines.iter().find(|line| {
        line["fields"]["message"] == "answered" && line["span"]["http.path"] == "/jobs/load-all"
    });
    let answered = answered.expect("the request is on record");
    assert_eq!(answered["fields"]["http.status"], 200);
    assert!(answered["span"]["request.id"].is_string());
}

#[test]
fn request_writes_little_to_the_log_however_long_it_is() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let long = "x".repeat(30_000);
    let before = server.log().len();
    for path in [
        format!("/{long}"),
        format!("/jobs/{long}"),
        format!("/jobs?date={long}"),
    ] {
        for request in [server.request("GET", &path), server.request("POST", &path)] {
            let answer = request
                .without_token()
                .header("x-forwarded-for", &long[..500])
                .send();
            assert!((400..500).contains(&answer.status), "{}", answer.status);
        }
    }
    // A client could send even longer paths, but this one cannot.
    let mut connection = TcpStream::connect(server.address()).unwrap();
    let request = format!(
        "GET /{} HTTP/1.1\r\nHost: cusip\r\n\r\n",
        "x".repeat(60_000)
    );
    // The server may close the connection before it has read everything.
    let _ = connection.write_all(request.as_bytes());
    let _ = connection.read(&mut [0; 1_000]);
    server.get("/jobs/1").assert_problem(404, "job_not_found");
    eventually("the last request is on record", || {
        server.log().contains("\"/jobs/1\"")
    });
    let written = server.log().len() - before;
    assert!(written < 8 * 2_500, "{written} bytes");
}
