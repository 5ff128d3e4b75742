//! Which requests need a token.

use std::path::Path;

use cusip_test_support::api::{DAY, Server, TOKEN};
use cusip_test_support::{TestDatabase, day, eventually, write_synthetic_day};
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
fn read_token_may_look_at_jobs_but_not_start_or_cancel_them() {
    let database = TestDatabase::migrated();
    let read = [("CUSIP_API_READ_TOKEN", "look-but-do-not-touch")];
    let server = Server::start_with(&database, Path::new("/nowhere"), &read);
    for (method, path) in OF_JOBS {
        let request = server.request(method, path).without_token();
        let answer = request
            .header("authorization", "Bearer look-but-do-not-touch")
            .send();
        if method == "GET" {
            assert!([200, 404].contains(&answer.status), "{path}: {answer:?}");
        } else {
            let problem = answer.assert_problem(403, "forbidden");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("CUSIP_API_TOKEN"), "{detail}");
        }
    }
    assert_eq!(database.query("select count(*) from load_job"), [["0"]]);
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

#[test]
fn address_that_guesses_tokens_must_wait_and_others_need_not() {
    let database = TestDatabase::migrated();
    let server = Server::start_with(
        &database,
        Path::new("/nowhere"),
        &[("CUSIP_API_PROXIES", "1")],
    );
    let status = |address: &str, token: &str| {
        let request = server.request("GET", "/jobs").without_token();
        let request = request.header("x-forwarded-for", &format!("192.0.2.99, {address}"));
        let answer = request.header("authorization", &format!("Bearer {token}"));
        answer.send()
    };
    let mut wrong = 0;
    // A busy machine may need more than the budget, which grows by one a second.
    let refused = loop {
        let answer = status("192.0.2.1", &format!("guess-{wrong}"));
        if answer.status == 429 {
            break answer;
        }
        answer.assert_problem(401, "unauthorized");
        wrong += 1;
        assert!(wrong < 1_000, "guesses are not limited");
    };
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(status("192.0.2.2", TOKEN).status, 200);
    eventually("the address may try again", || {
        status("192.0.2.1", TOKEN).status == 200
    });
    let metrics = server.get("/metrics").text();
    let counted = format!("cusip_http_requests_refused_total{{reason=\"wrong token\"}} {wrong}");
    assert!(metrics.contains(&counted), "{counted} in {metrics}");
}

#[test]
fn flood_of_refused_requests_does_not_fill_the_log() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let send = || server.request("GET", "/jobs").without_token().send();
    // All of them are refused, but an address may cause only 30 lines, and one more each second.
    let started = std::time::Instant::now();
    for _ in 0..400 {
        send().assert_problem(401, "unauthorized");
    }
    let lines = server.log().lines().count() as u64;
    assert!(lines < 100 + started.elapsed().as_secs(), "{lines} lines");
}
