//! What panics, which no request from outside can make anything do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use clap::FromArgMatches as _;
use cusip_config::Secret;
use cusip_source::{
    Error, FileKey, FileMeta, FileSource, ListOptions, OpenFile, OpenOptions, SourceFuture,
};
use cusip_test_support::TestDatabase;
use http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{router, within_layers};
use crate::command_line::{Arguments, command};
use crate::shutdown::Shutdown;
use crate::state::Service;

/// A source with an error in its program.
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
    let token = [Secret::new("sesame")];
    let shutdown = Shutdown::listen(Duration::ZERO).unwrap();
    let service = Service::new(
        &arguments,
        &token,
        &database.pool(),
        Arc::new(Broken),
        shutdown,
    );
    Arc::new(service)
}

async fn ask(router: &Router, method: &str, path: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", "Bearer sesame");
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap());
    let response = response.await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_load_that_panics_has_failed_and_the_next_one_is_begun() {
    let database = TestDatabase::migrated();
    let router = router(service(&database));
    for job in 1..=2 {
        let (status, problem) = ask(&router, "POST", "/jobs/load-all").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{problem}");
        assert_eq!(problem["code"], "internal");
        assert_eq!(problem["job_id"], job);
        assert!(!problem.to_string().contains("swordfish"), "{problem}");
    }
    let jobs = database.query("select status, error_code from load_job");
    assert_eq!(jobs, [["failed", "internal"], ["failed", "internal"]]);
    let (status, _) = ask(&router, "GET", "/ready").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_handler_that_panics_is_a_problem_like_any_other() {
    let database = TestDatabase::migrated();
    let panics = || async {
        if true {
            panic!("swordfish");
        }
    };
    let router = Router::new().route("/panics", get(panics));
    let router = within_layers(router, service(&database));
    let (status, problem) = ask(&router, "GET", "/panics").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem["code"], "internal");
    assert!(problem["request_id"].is_string());
    assert!(!problem.to_string().contains("swordfish"), "{problem}");
}
