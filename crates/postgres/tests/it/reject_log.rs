//! Rejects, logged apart from the load's transaction.

use cusip_jobs::{FileId, FileOutcome, FileStatus, JobStatus, Reject};
use cusip_pif::FileKind;
use cusip_postgres::{JobEnd, Load};
use cusip_test_support::TestDatabase;

use crate::day::begin;
use crate::job_log::outcome;

const MESSAGE: &str = "dated_date \"2024-02-30\" is not a calendar date";

fn reject() -> Reject {
    Reject {
        file_id: None,
        kind: FileKind::Issuer,
        line_number: 3,
        byte_offset: 120,
        field: Some("dated_date".into()),
        value: Some("2024-02-30".to_owned()),
        rule: "date".into(),
        message: MESSAGE.to_owned(),
        raw_line: Some(b"037833|10".to_vec()),
    }
}

async fn start_file(load: &Load) -> FileId {
    load.start_file(&outcome(FileStatus::Failed)).await.unwrap()
}

/// Keeps one record, and returns how many the log says it has kept.
async fn keep(load: &Load, file: FileId, reject: &Reject) -> u64 {
    let mut log = load.reject_log(file);
    let mut buffer = log.buffer();
    buffer.push(reject);
    log.send(buffer.take()).await.unwrap();
    log.finish().await.unwrap()
}

#[tokio::test]
async fn rejects_outlive_the_load_that_found_them_and_are_counted() {
    let database = TestDatabase::migrated();
    let load = begin(&database.pool()).await;
    let file = start_file(&load).await;
    assert_eq!(keep(&load, file, &reject()).await, 1);
    let line_4 = Reject {
        line_number: 4,
        ..reject()
    };
    assert_eq!(keep(&load, file, &line_4).await, 1);
    let job = load.job().to_string();
    load.roll_back().await;
    let found = database.query(
        "select reject.job_id, file_id = file.id, line_number, byte_offset, field, value, rule,
            message, encode(raw_line, 'escape'), rows_rejected, file.status
         from load_reject as reject join load_file as file on file.id = reject.file_id
         order by line_number",
    );
    let row = |line| {
        [
            &job,
            "t",
            line,
            "120",
            "dated_date",
            "2024-02-30",
            "date",
            MESSAGE,
            "037833|10",
            "2",
            "running",
        ]
    };
    assert_eq!(found, [row("3"), row("4")]);
}

#[tokio::test]
async fn bytes_of_a_line_are_kept_whatever_they_are() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let file = start_file(&load).await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let odd = Reject {
        field: None,
        value: Some("a\0b".to_owned()),
        message: "c\0\\d".to_owned(),
        raw_line: Some(every_byte.clone()),
        ..reject()
    };
    keep(&load, file, &odd).await;
    let found = database.query("select field is null, value, message from load_reject");
    assert_eq!(found, [["t", "a\\0b", "c\\0\\d"]]);
    let mut lines = pool.reject_lines(load.job(), file);
    assert_eq!(lines.next().await.unwrap().unwrap(), every_byte);
    assert!(lines.next().await.unwrap().is_none());
    let page = pool.job_rejects(load.job(), None, None, 10).await.unwrap();
    assert_eq!(page[0].raw_line.as_deref(), Some(every_byte.as_slice()));
}

#[tokio::test]
async fn log_that_is_dropped_keeps_nothing_and_leaves_the_pool_whole() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let file = start_file(&load).await;
    for _ in 0..20 {
        let mut log = load.reject_log(file);
        let mut buffer = log.buffer();
        buffer.push(&reject());
        log.send(buffer.take()).await.unwrap();
    }
    assert_eq!(keep(&load, file, &reject()).await, 1);
    let found = database.query("select count(*), sum(rows_rejected) from load_reject, load_file");
    assert_eq!(found, [["1", "1"]]);
}

#[tokio::test]
async fn log_without_rejects_is_no_work() {
    let database = TestDatabase::migrated();
    let load = begin(&database.pool()).await;
    let mut log = load.reject_log(FileId(0));
    let nothing = log.buffer().take();
    log.send(nothing).await.unwrap();
    assert_eq!(log.finish().await.unwrap(), 0);
}

#[tokio::test]
async fn reject_of_an_unlogged_file_is_refused() {
    let database = TestDatabase::migrated();
    let load = begin(&database.pool()).await;
    let mut log = load.reject_log(FileId(77));
    let mut buffer = log.buffer();
    buffer.push(&reject());
    log.send(buffer.take()).await.unwrap();
    let error = log.finish().await.unwrap_err().to_string();
    assert!(error.contains("log the rejects"), "{error}");
}

#[tokio::test]
async fn file_that_was_entered_is_completed_by_success_and_by_failure() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let id = Some(start_file(&load).await);
    let loaded = outcome(FileStatus::Succeeded);
    load.commit(&[&FileOutcome { id, ..loaded }]).await.unwrap();
    let load = begin(&pool).await;
    let id = Some(start_file(&load).await);
    let job = load.job();
    load.roll_back().await;
    let failed = FileOutcome {
        id,
        ..outcome(FileStatus::Failed)
    };
    pool.end_job(
        job,
        &JobEnd::NothingLoaded {
            status: JobStatus::Failed,
            code: "io",
            error: "gone",
        },
        &[&failed],
    )
    .await
    .unwrap();
    let found = database.query("select status, rows_read, error from load_file order by id");
    assert_eq!(
        found,
        [["succeeded", "16", ""], ["failed", "16", "cut off"]]
    );
}

#[tokio::test]
async fn file_of_another_job_is_not_completed() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let other = start_file(&load).await;
    load.roll_back().await;
    let load = begin(&pool).await;
    let wrong = FileOutcome {
        id: Some(other),
        ..outcome(FileStatus::Succeeded)
    };
    load.commit(&[&wrong]).await.unwrap_err();
    let found = database.query("select status from load_file");
    assert_eq!(found, [["interrupted"]]);
}
