//! Loads from a bucket.

use cusip_test_support::api::{DAY, Server};
use cusip_test_support::bucket::{CREDENTIALS, bucket_options, put_day};
use cusip_test_support::{S3Server, TestDatabase, assert_consistent, assert_counts, master_rows};
use tempfile::tempdir;

#[test]
fn day_loads_from_a_bucket_and_missing_day_is_named() {
    let bucket = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&bucket, folder.path(), 20, 5);
    let database = TestDatabase::migrated();
    let mut arguments = database.arguments();
    arguments.extend(bucket_options(bucket.endpoint()).map(str::to_owned));
    let server = Server::start_as(&arguments, &CREDENTIALS);
    let report = server.load_all().assert_status(200);
    assert_eq!(report["success"], true);
    assert_counts(&report, "issuer", [20, 20, 20, 0, 0, 0, 0]);
    assert_counts(&report, "issue", [100, 100, 100, 0, 0, 0, 0]);
    assert_counts(&report, "issue_attr", [100, 100, 100, 0, 0, 0, 0]);
    let file = report["results"][0]["file"].as_str().unwrap();
    assert_eq!(file, format!("s3://{}/pif/CED01-15R.PIP", S3Server::BUCKET));
    assert_eq!(master_rows(&database), [20, 100, 100]);
    assert_consistent(&database);

    let other = r#"{"date": "2024-01-17"}"#;
    let request = server.request("POST", "/jobs/load-all").json(other);
    let problem = request.send().assert_problem(404, "day_not_found");
    let detail = problem["detail"].as_str().unwrap();
    for text in ["CED01-17R.PIP", S3Server::BUCKET, "CED01-15R.PIP"] {
        assert!(detail.contains(text), "{text} in {detail}");
    }
}

#[test]
fn unreachable_bucket_is_a_server_error() {
    let database = TestDatabase::migrated();
    let mut arguments = database.arguments();
    // No server listens there.
    arguments.extend(bucket_options("http://127.0.0.1:9").map(str::to_owned));
    let server = Server::start_as(&arguments, &CREDENTIALS);
    let answer = server.request("POST", "/jobs/load-all").json(DAY).send();
    answer.assert_problem(503, "source");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(server.get("/ready").status, 200);
}
