//! What the server says about itself: `OpenAPI`, its documentation page, and metrics.

use std::collections::BTreeSet;
use std::path::Path;

use cusip_pif::FileKind;
use cusip_test_support::api::Server;
use cusip_test_support::{TestDatabase, day, write_file, write_synthetic_day};
use tempfile::tempdir;

const METRICS: &str = include_str!("../../docs/metrics.md");

#[test]
fn every_path_is_in_the_openapi_document() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let description = server.get("/openapi.json").assert_status(200);
    let paths: BTreeSet<_> = description["paths"].as_object().unwrap().keys().collect();
    let known = [
        "/changes",
        "/health",
        "/issuers/{num}",
        "/jobs",
        "/jobs/load-all",
        "/jobs/load-issue",
        "/jobs/load-issue-attr",
        "/jobs/load-issuer",
        "/jobs/{id}",
        "/jobs/{id}/rejects",
        "/jobs/{id}/rejects/{type}",
        "/live",
        "/metrics",
        "/ready",
        "/securities",
        "/securities/lookup",
        "/securities/{id}",
        "/securities/{id}/history",
    ];
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), known);
}

#[test]
fn documentation_page_works_without_the_internet() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    assert_eq!(server.get("/docs").header("location"), Some("/docs/"));
    let page = server.get("/docs/").text();
    let mut parts = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        let found = page.split(attribute).skip(1);
        parts.extend(found.filter_map(|rest| rest.split('"').next()));
    }
    assert!(parts.len() >= 4, "{page}");
    for part in parts {
        assert!(!part.contains("//"), "{part} is somewhere else");
        let answer = server.get(&format!("/docs/{}", part.trim_start_matches("./")));
        assert_eq!(answer.status, 200, "{part}");
        assert!(!answer.body.is_empty());
    }
    assert!(
        server
            .get("/docs/swagger-initializer.js")
            .text()
            .contains("/openapi.json")
    );
}

/// Makes the server count at least one event of every kind, and returns its metrics.
fn figures(server: &Server) -> String {
    server.load_all().assert_problem(422, "too_many_rejects");
    let lenient = r#"{"date": "2024-01-15", "max_rejects": "100%"}"#;
    let request = server.request("POST", "/jobs/load-all").json(lenient);
    request.send().assert_status(200);
    server.get("/metrics").text()
}

#[test]
fn documentation_lists_exactly_the_metrics_that_exist() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 1);
    write_file(folder.path(), day(), FileKind::Issue, &["bad"]);
    let server = Server::start(&database, folder.path());
    let figures = figures(&server);
    let help = figures
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP "));
    let served: BTreeSet<_> = help
        .map(|line| line.trim_end_matches('.').split_once(' ').unwrap())
        .collect();
    let rows = METRICS.lines().filter(|line| line.starts_with("| `cusip_"));
    let described: BTreeSet<_> = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`'), cells[4])
        })
        .collect();
    assert_eq!(served, described);

    for line in [
        r#"cusip_loads_total{kind="load-all",outcome="failed"} 1"#,
        r#"cusip_loads_total{kind="load-all",outcome="succeeded"} 1"#,
        r#"cusip_load_rows_total{type="issuer",outcome="inserted"} 2"#,
        r#"cusip_load_rows_total{type="issue",outcome="rejected"} 2"#,
        r#"cusip_load_rejects_total{type="issue",rule="field_count"} 2"#,
        r#"cusip_load_rejects_total{type="issue_attr",rule="orphan"} 4"#,
        r#"cusip_http_requests_total{method="POST",path="/jobs/load-all",status="422"} 1"#,
        r#"cusip_database_connections_limit{pool="requests"} 4"#,
        "cusip_database_available 1",
        "cusip_loads_running 0",
        // 2024-01-15 00:00 UTC
        r#"cusip_newest_loaded_day_timestamp_seconds{type="issue_attr"} 1705276800"#,
    ] {
        assert!(
            figures.lines().any(|found| found == line),
            "{line} in {figures}"
        );
    }
    let age = "cusip_last_successful_load_age_seconds{type=\"issuer\"} ";
    let age = figures.lines().find_map(|line| line.strip_prefix(age));
    let age: f64 = age.unwrap().parse().unwrap();
    assert!((0.0..90.0).contains(&age), "{age}");
}

#[test]
fn counters_start_at_zero() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let figures = server.get("/metrics").text();
    let counters = |name: &str| {
        let counted = figures.lines().filter(|line| line.starts_with(name));
        let counted: Vec<_> = counted.collect();
        assert!(
            counted.iter().all(|line| line.ends_with("} 0")),
            "{counted:?}"
        );
        counted.len()
    };
    // Kinds of loads or files by outcome, and kinds of files by rule.
    assert_eq!(counters("cusip_loads_total"), 4 * 4);
    assert_eq!(counters("cusip_load_rows_total"), 3 * 5);
    assert_eq!(counters("cusip_load_rejects_total"), 3 * 14);
    for request in [
        r#"{method="POST",path="/jobs/load-all",status="503"}"#,
        r#"{method="GET",path="/jobs/{id}/rejects",status="500"}"#,
        r#"{method="DELETE",path="/jobs/{id}",status="409"}"#,
        r#"{method="GET",path="/ready",status="503"}"#,
    ] {
        assert_eq!(counters(&format!("cusip_http_requests_total{request}")), 1);
    }
}

#[test]
fn day_that_is_sent_again_does_not_make_the_newest_day_older() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let (day, older) = (day(), cusip_pif::Date::new(2024, 1, 12).unwrap());
    write_synthetic_day(folder.path(), day, 2, 1);
    write_synthetic_day(folder.path(), older, 2, 1);
    let server = Server::start(&database, folder.path());
    server.load_all().assert_status(200);
    let again = r#"{"date": "2024-01-12", "allow_older": true}"#;
    let request = server.request("POST", "/jobs/load-all").json(again);
    request.send().assert_status(200);
    let metrics = server.get("/metrics").text();
    let newest = r#"cusip_newest_loaded_day_timestamp_seconds{type="issuer"} 1705276800"#;
    assert!(metrics.contains(newest), "{metrics}");
}
