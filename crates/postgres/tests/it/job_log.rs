//! What the job log records of jobs and their files.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use cusip_jobs::{FileOutcome, FileStatus, JobKind, JobStatus, NewJob, RowCounts};
use cusip_pif::{Date, FileKind};
use cusip_postgres::JobEnd;
use cusip_test_support::TestDatabase;
use serde_json::json;

use crate::day::{begin, begin_when_free, issuer, job, merge};

const JOBS: &str = "select id, status, finished_at is not null, error_code, error
    from load_job order by id";

const REJECTS: JobEnd<'static> = JobEnd::NothingLoaded {
    status: JobStatus::Failed,
    code: "rejects",
    error: "4 rejects",
};

pub(crate) fn outcome(status: FileStatus) -> FileOutcome {
    let loaded = status == FileStatus::Succeeded;
    FileOutcome {
        id: None,
        kind: FileKind::Issuer,
        location: "/data/CED01-15R.PIP".to_owned(),
        size: Some(4_000_000_000),
        last_modified: Some(SystemTime::UNIX_EPOCH + Duration::from_micros(1_705_312_800_123_456)),
        e_tag: Some("\"abc\"".to_owned()),
        version_id: None,
        sha256: Some("ab".repeat(32)),
        trailer: Some("999999|16".to_owned()),
        trailer_field: Some(2),
        bytes_read: 4_000_000_000,
        counts: RowCounts {
            read: 16,
            inserted: if loaded { 1 } else { 0 },
            updated: if loaded { 2 } else { 0 },
            unchanged: if loaded { 3 } else { 0 },
            rejected: 4,
            superseded: 6,
        },
        windows_1252_fields: 7,
        rejects_kept: 0,
        rejects_by_rule: BTreeMap::new(),
        rejects_pruned_at: None,
        warnings: vec!["7 fields are \"Windows-1252\"".to_owned()],
        phase_milliseconds: BTreeMap::from([("copy".to_owned(), 640), ("merge".to_owned(), 95)]),
        status,
        already_loaded_by: None,
        error: (!loaded).then(|| "cut off".to_owned()),
    }
}

/// A job of the files' day.
fn job_of_day() -> NewJob {
    NewJob {
        date: Date::new(2024, 1, 15),
        ..job()
    }
}

fn files(database: &TestDatabase) -> Vec<Vec<String>> {
    database.query(
        "select job_id, kind, load_date, location, size, last_modified, e_tag,
            version_id is null, encode(sha256, 'hex'), trailer, trailer_field, trailer_verified,
            bytes_read, rows_read, rows_rejected, rows_superseded, windows_1252_fields,
            warnings, phase_ms, status, error, rows_inserted, rows_updated, rows_unchanged
         from load_file order by id",
    )
}

/// What is the same for a file whether its load succeeded or failed.
fn expected_file(job: &str) -> Vec<String> {
    let values = [
        job,
        "issuer",
        "2024-01-15",
        "/data/CED01-15R.PIP",
        "4000000000",
        "2024-01-15 10:00:00.123456+00",
        "\"abc\"",
        "t",
        &"ab".repeat(32),
        "999999|16",
        "2",
        "t",
        "4000000000",
        "16",
        "4",
        "6",
        "7",
        r#"[{"message": "7 fields are \"Windows-1252\""}]"#,
        r#"{"copy": 640, "merge": 95}"#,
    ];
    values.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn job_is_entered_when_it_starts() {
    let database = TestDatabase::migrated();
    let new_job = NewJob {
        kind: JobKind::LoadAll,
        date: Date::new(2024, 2, 29),
        options: serde_json::Map::from_iter([("force".to_owned(), json!(true))]),
        ..job()
    };
    let load = database.pool().begin_load(&new_job).await.unwrap();
    let found = database.query(
        "select id, kind, load_date, status, finished_at is null, started_by, host, program,
            program_version, options, abs(extract(epoch from now() - started_at)) < 3600
         from load_job",
    );
    let id = load.job().to_string();
    let expected = [
        id.as_str(),
        "load-all",
        "2024-02-29",
        "running",
        "t",
        "ada",
        "engine",
        "cli",
        "0.1.0",
        r#"{"force": true}"#,
        "t",
    ];
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn success_is_entered_with_its_files() {
    let database = TestDatabase::migrated();
    let load = database.pool().begin_load(&job_of_day()).await.unwrap();
    let job = load.job().to_string();
    load.commit(&[&outcome(FileStatus::Succeeded)])
        .await
        .unwrap();
    assert_eq!(database.query(JOBS), [[&job, "succeeded", "t", "", ""]]);
    let mut expected = expected_file(&job);
    expected.extend(["succeeded", "", "1", "2", "3"].map(str::to_owned));
    assert_eq!(files(&database), [expected]);
}

#[tokio::test]
async fn failure_is_entered_with_its_files() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = pool.begin_load(&job_of_day()).await.unwrap();
    merge(&load, &[issuer("000001", &[])]).await;
    let job = load.job();
    drop(load);
    pool.end_job(job, &REJECTS, &[&outcome(FileStatus::Failed)])
        .await
        .unwrap();
    let job = job.to_string();
    assert_eq!(
        database.query(JOBS),
        [[&job, "failed", "t", "rejects", "4 rejects"]]
    );
    let mut expected = expected_file(&job);
    expected.extend(["failed", "cut off", "0", "0", "0"].map(str::to_owned));
    assert_eq!(files(&database), [expected]);
    assert!(database.query("select from issuer").is_empty());
}

#[tokio::test]
async fn unknown_things_of_a_file_are_null() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let unknown = FileOutcome {
        size: None,
        last_modified: None,
        e_tag: None,
        sha256: None,
        trailer: None,
        trailer_field: None,
        error: None,
        ..outcome(FileStatus::Failed)
    };
    pool.end_job(
        load.job(),
        &JobEnd::NothingLoaded {
            status: JobStatus::Failed,
            code: "io",
            error: "gone",
        },
        &[&unknown],
    )
    .await
    .unwrap();
    let found = database.query(
        "select num_nulls(load_date, size, last_modified, e_tag, version_id, sha256, trailer,
            trailer_field, trailer_verified, error)
         from load_file",
    );
    assert_eq!(found, [["10"]]);
}

#[tokio::test]
async fn counts_that_do_not_add_up_are_not_committed() {
    let database = TestDatabase::migrated();
    let load = begin(&database.pool()).await;
    merge(&load, &[issuer("000001", &[])]).await;
    let mut wrong = outcome(FileStatus::Succeeded);
    wrong.counts.read += 1;
    let error = load.commit(&[&wrong]).await.unwrap_err().to_string();
    assert!(error.contains("/data/CED01-15R.PIP"), "{error}");
    assert!(database.query("select from issuer").is_empty());
    assert!(database.query("select from load_file").is_empty());
}

#[tokio::test]
async fn job_of_a_dead_run_is_interrupted_by_the_next_load() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let dead = begin(&pool).await;
    dead.start_file(&outcome(FileStatus::Failed)).await.unwrap();
    let dead_job = dead.job().to_string();
    drop(dead);
    assert_eq!(database.query(JOBS), [[&dead_job, "running", "f", "", ""]]);
    let next = begin_when_free(&pool).await;
    let next_job = next.job().to_string();
    let expected = [
        [&dead_job, "interrupted", "t", "", ""],
        [&next_job, "running", "f", "", ""],
    ];
    assert_eq!(database.query(JOBS), expected);
    assert_eq!(
        database.query("select status from load_file"),
        [["interrupted"]]
    );
}

#[tokio::test]
async fn failure_is_entered_though_another_load_took_the_job_for_dead() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let job = load.job();
    drop(load);
    begin_when_free(&pool).await.commit(&[]).await.unwrap();
    pool.end_job(job, &REJECTS, &[]).await.unwrap();
    let found = database.query(JOBS);
    assert_eq!(found[0][1..], ["failed", "t", "rejects", "4 rejects"]);
    assert_eq!(found[1][1], "succeeded");
}

#[tokio::test]
async fn success_is_not_undone_by_a_failure_that_comes_late() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let job = load.job();
    load.commit(&[&outcome(FileStatus::Succeeded)])
        .await
        .unwrap();
    pool.end_job(
        job,
        &JobEnd::NothingLoaded {
            status: JobStatus::Failed,
            code: "io",
            error: "the answer to the commit was lost",
        },
        &[&outcome(FileStatus::Failed)],
    )
    .await
    .unwrap();
    let job = job.to_string();
    assert_eq!(database.query(JOBS), [[&job, "succeeded", "t", "", ""]]);
    let found = database.query("select status from load_file");
    assert_eq!(found, [["succeeded"]]);
}

#[tokio::test]
async fn load_whose_job_has_ended_is_not_committed() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    merge(&load, &[issuer("000001", &[])]).await;
    let job = load.job();
    pool.end_job(
        job,
        &JobEnd::NothingLoaded {
            status: JobStatus::Failed,
            code: "cancelled",
            error: "by a user",
        },
        &[],
    )
    .await
    .unwrap();
    let error = load.commit(&[]).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, format!("job {job} is no longer running"));
    assert!(database.query("select from issuer").is_empty());
}

/// With the first statement's snapshot for the whole transaction, a load would not see its own job.
#[tokio::test]
async fn stricter_default_isolation_does_not_hide_the_job() {
    let database = TestDatabase::migrated();
    let name = database.name();
    for isolation in ["repeatable read", "serializable"] {
        database.execute(&format!(
            "alter database {name} set default_transaction_isolation = '{isolation}'"
        ));
        let load = begin(&database.pool()).await;
        merge(&load, &[issuer("000001", &[])]).await;
        load.commit(&[]).await.unwrap();
    }
    let found = database.query("select status from load_job");
    assert_eq!(found.concat(), ["succeeded", "succeeded"]);
}
