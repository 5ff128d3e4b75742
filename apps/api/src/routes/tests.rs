//! Tests with panics, which no client can provoke, and of the description of the API.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use clap::FromArgMatches as _;
use cusip_config::{ApiTokens, Secret};
use cusip_source::{
    Error, FileKey, FileMeta, FileSource, ListOptions, OpenFile, OpenOptions, SourceFuture,
};
use cusip_test_support::{TestDatabase, assert_snapshot};
use http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;

use super::{described, router};
use crate::authentication::Authentication;
use crate::command_line::{Arguments, command};
use crate::metrics::Metrics;
use crate::middleware;
use crate::shutdown::Shutdown;
use crate::state::Service;

/// A source that panics.
#[derive(Debug)]
struct Broken;

impl FileSource for Broken {
    fn list(&self, _: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        Box::pin(async { panic!("swordfish") })
    }

    fn open<'a>(
        &'a self,
        _: &'a FileKey,
        _: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        Box::pin(async { panic!("swordfish") })
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("broken")
    }
}

fn service(database: &TestDatabase) -> Arc<Service> {
    let matches = command().get_matches_from(["cusip-api"]);
    let arguments = Arguments::from_arg_matches(&matches).unwrap();
    let tokens = ApiTokens {
        jobs: vec![Secret::new("sesame")],
        read: None,
    };
    let shutdown = Shutdown::listen(Duration::ZERO).unwrap();
    let service = Service::new(
        &arguments,
        &tokens,
        &database.pool(),
        Arc::new(Broken),
        shutdown,
    );
    Arc::new(service)
}

async fn send(router: &Router, method: &str, path: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", "Bearer sesame");
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap());
    let response = response.await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn load_that_panics_fails_and_the_next_one_starts() {
    let database = TestDatabase::migrated();
    let router = router(service(&database));
    for job in 1..=2 {
        let (status, problem) = send(&router, "POST", "/jobs/load-all").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{problem}");
        assert_eq!(problem["code"], "internal");
        assert_eq!(problem["job_id"], job);
        assert!(!problem.to_string().contains("swordfish"), "{problem}");
    }
    let jobs = database.query("select status, error_code from load_job");
    assert_eq!(jobs, [["failed", "internal"], ["failed", "internal"]]);
    let (status, _) = send(&router, "GET", "/ready").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn handler_that_panics_responds_with_a_problem() {
    let database = TestDatabase::migrated();
    let panics = || async {
        if true {
            panic!("swordfish");
        }
    };
    let router = Router::new().route("/panics", get(panics));
    let router = middleware::apply(router, service(&database));
    let (status, problem) = send(&router, "GET", "/panics").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem["code"], "internal");
    assert!(problem["request_id"].is_string());
    assert!(!problem.to_string().contains("swordfish"), "{problem}");
}

/// The description of the API is under version control, so that a change of the API shows in the diff.
///
/// Run the test with `UPDATE_SNAPSHOTS=1` to update the file.
#[test]
fn description_of_the_api_is_the_committed_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let description = format!("{}\n", description().to_pretty_json().unwrap());
    assert_snapshot(Path::new(path), &description);
}

#[test]
fn description_of_the_api_has_unique_operations_with_described_responses() {
    let description = serde_json::to_value(description()).unwrap();
    let mut ids = HashSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            for (status, response) in operation["responses"].as_object().unwrap() {
                let words = response["description"].as_str().unwrap_or_default();
                assert!(!words.is_empty(), "{method} {path}: {status}");
            }
        }
    }
}

/// `/docs` fills its form with the example, and one click sends it.
#[test]
fn every_body_of_a_load_has_an_example_that_turns_no_guard_off() {
    let description = serde_json::to_value(description()).unwrap();
    let mut bodies = 0;
    let paths = description["paths"].as_object().unwrap().iter();
    for (path, item) in paths.filter(|(path, _)| path.starts_with("/jobs/")) {
        for (method, operation) in item.as_object().unwrap() {
            let Some(body) = operation.get("requestBody") else {
                continue;
            };
            for (kind, content) in body["content"].as_object().unwrap() {
                bodies += 1;
                let example = content["example"].as_object();
                let names = example.map(|example| example.keys().map(String::as_str).collect());
                let expected = Some(vec!["date"]);
                assert_eq!(names, expected, "{method} {path} {kind}: {content}");
            }
        }
    }
    assert_eq!(bodies, 4);
}

fn description() -> OpenApi {
    let authentication = Authentication::new(&ApiTokens::default(), Arc::new(Metrics::new()));
    let (_, description) = described(Arc::new(authentication));
    description
}
