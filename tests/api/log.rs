//! What the server logs about its jobs.

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
