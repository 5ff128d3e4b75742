//! Connections to the database that break when it answers.

use cusip_test_support::api::Server;
use cusip_test_support::{
    Break, BreakingProxy, TestDatabase, assert_consistent, day, master_rows, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

fn server(proxy: &BreakingProxy) -> (Server, TempDir) {
    let files = tempdir().expect("a folder can be made");
    write_synthetic_day(files.path(), day(), 2, 1);
    let mut arguments = proxy.arguments();
    arguments.extend(["--file-dir".to_owned(), files.path().display().to_string()]);
    (Server::start_as(&arguments, &[]), files)
}

/// Asserts that the first load succeeds although a connection breaks.
fn assert_loads_although_it_breaks(texts: &'static [&'static str]) {
    let proxy = BreakingProxy::start(TestDatabase::migrated(), texts, Break::BeforeAnswer);
    let (server, _files) = server(&proxy);
    let report = server.load_all().assert_status(200);
    assert!(proxy.has_broken());
    assert_eq!(report["success"], true);
    assert_eq!(report["job_id"], 1);
    assert_eq!(server.get("/jobs/1").json()["status"], "succeeded");
    assert_eq!(master_rows(proxy.database()), [2; 3]);
    assert_consistent(proxy.database());
}

#[test]
fn load_whose_commit_loses_its_answer_succeeds() {
    assert_loads_although_it_breaks(&["set status = 'succeeded'", "commit\0"]);
}

#[test]
fn load_succeeds_if_the_connection_that_reads_its_job_breaks() {
    assert_loads_although_it_breaks(&["from (select * from load_job where id"]);
}

#[test]
fn load_succeeds_if_the_connection_that_reads_its_files_breaks() {
    assert_loads_although_it_breaks(&["from load_file where job_id = $1 order by id"]);
}

#[test]
fn load_that_succeeded_is_reported_even_if_the_job_log_cannot_be_read() {
    let texts = &["from (select * from load_job where id"];
    let how = Break::BeforeAnswerForGood;
    let proxy = BreakingProxy::start(TestDatabase::migrated(), texts, how);
    let (server, _files) = server(&proxy);
    let report = server.load_all().assert_status(200);
    assert!(proxy.has_broken());
    assert_eq!(report["success"], true);
    assert_eq!(report["job_id"], 1);
    server
        .get("/ready")
        .assert_problem(503, "database_unavailable");
    assert_eq!(master_rows(proxy.database()), [2; 3]);
}
