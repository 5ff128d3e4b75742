//! A lake in a bucket.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cusip_test_support::bucket::{CREDENTIALS, cusip_with};
use cusip_test_support::{Fault, Proxy, Run, S3Server, TestDatabase};

use super::{files, synced, three_days};

fn sync_to(database: &TestDatabase, endpoint: &str, options: &[&str]) -> Run {
    let to = format!("s3://{}/lake", S3Server::BUCKET);
    let connection = database.arguments();
    let connection: Vec<_> = connection.iter().map(String::as_str).collect();
    let command = ["lake", "sync", "--to", &to, "--s3-endpoint", endpoint];
    cusip_with(&CREDENTIALS, &[&command, &connection[..], options].concat())
}

fn objects(server: &S3Server) -> BTreeMap<String, Vec<u8>> {
    files(&server.bucket_folder().join("lake"))
}

fn expected(database: &TestDatabase) -> BTreeMap<String, Vec<u8>> {
    let folder = synced(database);
    files(Path::new(folder.path()))
}

#[test]
fn bucket_gets_the_same_lake_as_a_folder() {
    let database = three_days();
    let server = S3Server::start();
    let run = sync_to(&database, server.endpoint(), &["--verify"]);
    run.assert_done();
    assert!(run.stdout.contains("9 files"), "{run:?}");
    assert!(objects(&server) == expected(&database));
    let again = sync_to(
        &database,
        server.endpoint(),
        &["--verify", "--output", "json"],
    );
    again.assert_done();
    assert_eq!(again.document()["loads"].as_array().map(Vec::len), Some(0));
    assert!(objects(&server) == expected(&database));
}

/// Each request fails in turn, so that a sync ends after any number of objects.
#[test]
fn sync_continues_after_any_request_that_failed() {
    let database = three_days();
    let server = S3Server::start();
    let passed = Arc::new(AtomicUsize::new(0));
    let mut failures = 0;
    for most in (1..).step_by(3) {
        passed.store(0, Ordering::SeqCst);
        let counter = Arc::clone(&passed);
        let proxy = Proxy::start(&server, move |_| {
            match counter.fetch_add(1, Ordering::SeqCst) < most {
                true => Fault::None,
                false => Fault::refusal("403 Forbidden", "AccessDenied", "Access Denied"),
            }
        });
        let run = sync_to(&database, proxy.endpoint(), &[]);
        if run.code == 0 {
            break;
        }
        run.assert_fails(1, &["AccessDenied"]);
        failures += 1;
    }
    assert!(failures > 5, "{failures}");
    sync_to(&database, server.endpoint(), &["--verify"]).assert_done();
    assert!(objects(&server) == expected(&database));
}

/// The server has stored the object, but its answer is lost. The program sends it again, and finds it there.
#[test]
fn lost_answers_do_not_stop_a_sync() {
    let database = three_days();
    let server = S3Server::start();
    let proxy = Proxy::start(&server, |request| match request.number % 4 {
        1 if request.method() == "PUT" => Fault::Cut(0),
        2 => Fault::refusal(
            "503 Slow Down",
            "SlowDown",
            "Please reduce your request rate.",
        ),
        _ => Fault::None,
    });
    sync_to(&database, proxy.endpoint(), &["--verify"]).assert_done();
    assert!(objects(&server) == expected(&database));
}
