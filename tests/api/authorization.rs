//! Which requests need a token.

use std::path::Path;

use cusip_test_support::api::{DAY, Server, TOKEN};
use cusip_test_support::{TestDatabase, day, write_synthetic_day};
use tempfile::tempdir;

const OF_JOBS: [(&str, &str); 9] = [
    ("POST", "/jobs/load-all"),
    ("POST", "/jobs/load-issuer"),
    ("POST", "/jobs/load-issue"),
    ("POST", "/jobs/load-issue-attr"),
    ("GET", "/jobs"),
    ("GET", "/jobs/1"),
    ("DELETE", "/jobs/1"),
    ("GET", "/jobs/1/rejects"),
    ("GET", "/jobs/1/rejects/issue"),
];

#[test]
fn jobs_need_the_current_or_the_previous_token() {
    let database = TestDatabase::migrated();
    let previous = [("CUSIP_API_TOKEN_PREVIOUS", "the-one-before")];
    let server = Server::start_with(&database, Path::new("/nowhere"), &previous);
    for (method, path) in OF_JOBS {
        let ask = |authorization: Option<&str>| {
            let request = server.request(method, path).without_token();
            match authorization {
                Some(value) => request.header("authorization", value).send(),
                None => request.send(),
            }
        };
        for wrong in [
            None,
            Some(""),
            Some("Bearer"),
            Some("Bearer "),
            Some("Bearer swordfish"),
            Some("Basic Y29ycmVjdA=="),
            Some(TOKEN),
        ] {
            let answer = ask(wrong);
            answer.assert_problem(401, "unauthorized");
            assert!(
                answer
                    .header("www-authenticate")
                    .unwrap()
                    .starts_with("Bearer")
            );
        }
        for token in [TOKEN, "the-one-before"] {
            let answer = ask(Some(&format!("Bearer {token}")));
            assert_ne!(answer.status, 401, "{method} {path}: {answer:?}");
        }
    }
    // Only requests with a token started jobs: four kinds, twice.
    assert_eq!(database.query("select count(*) from load_job"), [["8"]]);
}

#[test]
fn empty_previous_token_is_refused() {
    let database = TestDatabase::migrated();
    let previous = [("CUSIP_API_TOKEN_PREVIOUS", "")];
    let server = Server::start_with(&database, Path::new("/nowhere"), &previous);
    for value in ["Bearer", "Bearer ", ""] {
        let request = server.request("GET", "/jobs").without_token();
        let answer = request.header("authorization", value).send();
        answer.assert_problem(401, "unauthorized");
    }
}

#[test]
fn other_paths_need_no_token() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    for path in [
        "/live",
        "/ready",
        "/health",
        "/metrics",
        "/openapi.json",
        "/docs/",
    ] {
        let answer = server.request("GET", path).without_token().send();
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
}

#[test]
fn refused_requests_and_previous_tokens_are_logged_without_the_token() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 1);
    let variables = [
        ("CUSIP_LOG", "trace"),
        ("CUSIP_API_TOKEN_PREVIOUS", "the-one-before"),
    ];
    let server = Server::start_with(&database, folder.path(), &variables);
    let refused = server.request("POST", "/jobs/load-all").without_token();
    refused
        .header("authorization", "Bearer swordfish")
        .header("x-request-id", "request-of-a-stranger")
        .json(DAY)
        .send()
        .assert_problem(401, "unauthorized");
    let former = server.request("GET", "/jobs").without_token();
    former
        .header("authorization", "Bearer the-one-before")
        .send()
        .assert_status(200);
    server.load_all().assert_status(200);
    let log = server.log();
    let audited = |event: &str, texts: &[&str]| {
        let mut lines = log.lines().filter(|line| line.contains(event));
        let line = lines.next().expect(event);
        for text in [&["cusip_api::audit", "127.0.0.1:"], texts].concat() {
            assert!(line.contains(text), "{text} in {line}");
        }
        assert_eq!(lines.next(), None);
    };
    audited(
        "request refused",
        &[
            "wrong token",
            "POST",
            "/jobs/load-all",
            "request-of-a-stranger",
        ],
    );
    audited("request used the previous token", &["GET", "/jobs"]);
    for secret in ["swordfish", "the-one-before", TOKEN] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
