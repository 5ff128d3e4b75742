//! What the ledger tells of past runs.

use std::time::Duration;

use cusip_pif::FileKind;
use cusip_postgres::{FileEntry, FileOutcome, JobId, RejectEntry};
use cusip_test_support::TestDatabase;
use tokio::time::sleep;
use tokio_postgres::Config;

use crate::day::begin;
use crate::ledger::entry;

#[tokio::test]
async fn jobs_come_newest_first_in_pages_with_the_sums_of_their_files() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    for _ in 0..3 {
        let files = [entry(FileOutcome::Loaded), entry(FileOutcome::Loaded)];
        begin(&pool).await.commit(&files).await.unwrap();
    }
    let ids =
        |jobs: Vec<cusip_postgres::Job>| jobs.iter().map(|job| job.job_id).collect::<Vec<_>>();
    assert_eq!(ids(pool.jobs(2, 0).await.unwrap()), [3, 2]);
    assert_eq!(ids(pool.jobs(2, 2).await.unwrap()), [1]);
    assert!(pool.jobs(2, 3).await.unwrap().is_empty());
    let job = pool.job(JobId(2)).await.unwrap().unwrap();
    assert_eq!(
        (job.status.as_str(), job.host.as_deref()),
        ("succeeded", Some("engine"))
    );
    assert_eq!((job.counts.read, job.counts.superseded), (32, 12));
    assert!(job.seconds.is_some_and(|seconds| seconds >= 0.0));
    assert!(pool.job(JobId(4)).await.unwrap().is_none());
}

#[tokio::test]
async fn job_without_files_has_read_nothing() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    begin(&pool).await.commit(&[]).await.unwrap();
    let jobs = pool.jobs(1, 0).await.unwrap();
    assert_eq!(jobs[0].counts.read, 0);
    assert!(pool.job_files(JobId(1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn file_is_told_with_all_that_is_known_of_it() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    begin(&pool)
        .await
        .commit(&[entry(FileOutcome::Loaded)])
        .await
        .unwrap();
    let files = pool.job_files(JobId(1)).await.unwrap();
    let found = serde_json::to_value(&files).unwrap();
    let expected = serde_json::json!([{
        "file_id": 1,
        "type": "issuer",
        "file": "/data/CED01-15R.PIP",
        "status": "succeeded",
        "error": null,
        "size": 4_000_000_000_u64,
        "last_modified": "2024-01-15T10:00:00Z",
        "e_tag": "\"abc\"",
        "version_id": null,
        "sha256": "ab".repeat(32),
        "trailer": "999999|16",
        "trailer_field": 2,
        "already_loaded_by": null,
        "bytes_read": 4_000_000_000_u64,
        "rows_read": 16,
        "rows_inserted": 1,
        "rows_updated": 2,
        "rows_unchanged": 3,
        "rows_rejected": 4,
        "rows_superseded": 6,
        "windows_1252_fields": 7,
        "warnings": ["7 fields are \"Windows-1252\""],
        "phase_ms": {"copy": 640, "merge": 95},
    }]);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn rejects_come_by_file_and_line_in_pages() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    for (kind, lines) in [(FileKind::Issuer, [2, 9]), (FileKind::Issue, [7, 1])] {
        let file = FileEntry {
            kind,
            ..entry(FileOutcome::Failed)
        };
        let id = load.start_file(&file).await.unwrap();
        let mut log = load.reject_log(id);
        let mut buffer = log.buffer();
        for line_number in lines {
            buffer.push(&RejectEntry {
                line_number,
                byte_offset: 0,
                field: None,
                value: None,
                rule: "field_count",
                message: "too few",
                raw_line: b"x",
            });
        }
        log.send(buffer.take()).await.unwrap();
        log.finish().await.unwrap();
    }
    let page = async |limit, offset| {
        let rejects = pool.job_rejects(load.job(), limit, offset).await.unwrap();
        let place = |reject: &cusip_postgres::LoggedReject| (reject.kind, reject.line_number);
        rejects.iter().map(place).collect::<Vec<_>>()
    };
    use FileKind::{Issue, Issuer};
    assert_eq!(page(3, 0).await, [(Issuer, 2), (Issuer, 9), (Issue, 1)]);
    assert_eq!(page(3, 3).await, [(Issue, 7)]);
}

#[tokio::test]
async fn running_job_is_left_running_by_whoever_looks() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let file = load.start_file(&entry(FileOutcome::Failed)).await.unwrap();
    let jobs = pool.jobs(1, 0).await.unwrap();
    assert_eq!(
        (jobs[0].status.as_str(), jobs[0].seconds),
        ("running", None)
    );
    let loaded = FileEntry {
        id: Some(file),
        ..entry(FileOutcome::Loaded)
    };
    load.commit(&[loaded]).await.unwrap();
    assert_eq!(pool.jobs(1, 0).await.unwrap()[0].status, "succeeded");
}

#[tokio::test]
async fn dead_job_is_interrupted_with_its_files_when_anyone_looks() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let dead = begin(&pool).await;
    dead.start_file(&entry(FileOutcome::Failed)).await.unwrap();
    drop(dead);
    // The server takes a moment to notice, and then the lock is free.
    for _ in 0..1_000 {
        if pool.job(JobId(1)).await.unwrap().unwrap().status != "running" {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    let job = pool.job(JobId(1)).await.unwrap().unwrap();
    assert_eq!(job.status, "interrupted");
    assert!(job.finished_at.is_some());
    assert_eq!(
        pool.job_files(JobId(1)).await.unwrap()[0].status,
        "interrupted"
    );
}

#[tokio::test]
async fn role_that_may_only_read_sees_the_history() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    begin(&pool).await.commit(&[]).await.unwrap();
    let name = database.name();
    database.execute(&format!(
        "create role reader_of_{name} login;
         grant select on all tables in schema public to reader_of_{name};
         insert into load_job (kind, program, program_version) values ('load-all', 'cli', '1')"
    ));
    let mut config: Config = database.config();
    config.user(format!("reader_of_{name}"));
    let jobs = cusip_postgres::Database::new(config)
        .jobs(9, 0)
        .await
        .unwrap();
    let states: Vec<_> = jobs.iter().map(|job| job.status.as_str()).collect();
    assert_eq!(
        states,
        ["running", "succeeded"],
        "it may not be marked by a reader"
    );
    assert_eq!(pool.jobs(1, 0).await.unwrap()[0].status, "interrupted");
}
