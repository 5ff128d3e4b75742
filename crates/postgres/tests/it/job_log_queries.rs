//! What the job log answers about past jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use cusip_jobs::{FileOutcome, FileStatus, Job, JobId, JobStatus, Reject, RejectCursor};
use cusip_pif::FileKind;
use cusip_postgres::{FileRejects, JobFilter};
use cusip_test_support::TestDatabase;
use tokio::time::sleep;
use tokio_postgres::Config;

use crate::day::begin;
use crate::job_log::outcome;

const ALL: JobFilter = JobFilter {
    before: None,
    status: None,
    kind: None,
    date: None,
};

#[tokio::test]
async fn jobs_come_newest_first_in_pages_with_the_sums_of_their_files() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    for _ in 0..3 {
        let file = outcome(FileStatus::Succeeded);
        begin(&pool).await.commit(&[&file, &file]).await.unwrap();
    }
    let ids = |jobs: Vec<Job>| jobs.iter().map(|job| job.id.0).collect::<Vec<_>>();
    let before = |id| JobFilter {
        before: Some(JobId(id)),
        ..JobFilter::default()
    };
    assert_eq!(ids(pool.jobs(&ALL, 2).await.unwrap()), [3, 2]);
    assert_eq!(ids(pool.jobs(&before(2), 2).await.unwrap()), [1]);
    assert!(pool.jobs(&before(1), 2).await.unwrap().is_empty());
    let job = pool.job(JobId(2)).await.unwrap().unwrap();
    assert_eq!(
        (job.status, job.host.as_deref()),
        (JobStatus::Succeeded, Some("engine"))
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
    let jobs = pool.jobs(&ALL, 1).await.unwrap();
    assert_eq!(jobs[0].counts.read, 0);
    assert!(pool.job_files(JobId(1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn file_is_told_with_all_that_is_known_of_it() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    begin(&pool)
        .await
        .commit(&[&outcome(FileStatus::Succeeded)])
        .await
        .unwrap();
    let files = pool.job_files(JobId(1)).await.unwrap();
    let found = serde_json::to_value(&files).unwrap();
    let expected = serde_json::json!([{
        "file_id": 1,
        "type": "issuer",
        "file": "/data/CED01-15R.PIP",
        "status": "success",
        "error": null,
        "size": 4_000_000_000_u64,
        "last_modified": "2024-01-15T10:00:00Z",
        "e_tag": "\"abc\"",
        "version_id": null,
        "sha256": "ab".repeat(32),
        "trailer": "999999|16",
        "trailer_field": 2,
        "bytes_read": 4_000_000_000_u64,
        "rows_read": 16,
        "rows_upserted": 3,
        "rows_inserted": 1,
        "rows_updated": 2,
        "rows_unchanged": 3,
        "rows_rejected": 4,
        "rows_superseded": 6,
        "windows_1252_fields": 7,
        "rejects_kept": 0,
        "rejects_by_rule": {},
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
        let file = FileOutcome {
            kind,
            ..outcome(FileStatus::Failed)
        };
        let id = load.start_file(&file).await.unwrap();
        let reject = |line_number| Reject {
            file_id: None,
            kind,
            line_number,
            byte_offset: 0,
            field: None,
            value: None,
            rule: "field_count".into(),
            message: "too few".to_owned(),
            raw_line: Some(b"x".to_vec()),
        };
        let by_rule = BTreeMap::from([("field_count".to_owned(), 2)]);
        let rejects = FileRejects {
            kept: &lines.map(reject),
            total: 2,
            by_rule: &by_rule,
            sha256: [lines[0] as u8; 32],
        };
        pool.log_rejects(id, rejects).await.unwrap();
    }
    let page = async |kind, after| {
        let rejects = pool.job_rejects(load.job(), kind, after, 3).await.unwrap();
        let lines = |reject: &Reject| (reject.kind, reject.line_number);
        let next = rejects.last().and_then(RejectCursor::of);
        (rejects.iter().map(lines).collect::<Vec<_>>(), next)
    };
    use FileKind::{Issue, Issuer};
    let (first, next) = page(None, None).await;
    assert_eq!(first, [(Issuer, 2), (Issuer, 9), (Issue, 1)]);
    let (second, next) = page(None, next).await;
    assert_eq!(second, [(Issue, 7)]);
    assert_eq!(page(None, next).await, (vec![], None));
    assert_eq!(page(Some(Issue), None).await.0, [(Issue, 1), (Issue, 7)]);
}

#[tokio::test]
async fn reading_jobs_leaves_a_running_job_running() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let file = load.start_file(&outcome(FileStatus::Failed)).await.unwrap();
    let jobs = pool.jobs(&ALL, 1).await.unwrap();
    assert_eq!(
        (jobs[0].status, jobs[0].seconds),
        (JobStatus::Running, None)
    );
    let loaded = FileOutcome {
        id: Some(file),
        ..outcome(FileStatus::Succeeded)
    };
    load.commit(&[&loaded]).await.unwrap();
    assert_eq!(
        pool.jobs(&ALL, 1).await.unwrap()[0].status,
        JobStatus::Succeeded
    );
}

#[tokio::test]
async fn dead_job_is_interrupted_with_its_files_when_anyone_looks() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let dead = begin(&pool).await;
    dead.start_file(&outcome(FileStatus::Failed)).await.unwrap();
    drop(dead);
    // The server takes a moment to notice, and then the lock is free.
    for _ in 0..1_000 {
        if pool.job(JobId(1)).await.unwrap().unwrap().status != JobStatus::Running {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    let job = pool.job(JobId(1)).await.unwrap().unwrap();
    assert_eq!(job.status, JobStatus::Interrupted);
    assert!(job.finished_at.is_some());
    assert_eq!(
        pool.job_files(JobId(1)).await.unwrap()[0].status,
        FileStatus::Interrupted
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
        .jobs(&ALL, 9)
        .await
        .unwrap();
    let states: Vec<_> = jobs.iter().map(|job| job.status).collect();
    assert_eq!(
        states,
        [JobStatus::Running, JobStatus::Succeeded],
        "it may not be marked by a reader"
    );
    assert_eq!(
        pool.jobs(&ALL, 1).await.unwrap()[0].status,
        JobStatus::Interrupted
    );
}
