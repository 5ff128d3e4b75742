//! Rejects, logged apart from the load's transaction.

use std::collections::BTreeMap;

use cusip_jobs::{FileId, FileOutcome, FileStatus, JobId, JobStatus, Reject};
use cusip_pif::{Date, FileKind};
use cusip_postgres::{Database, FileRejects, JobEnd, Load};
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

/// Logs the rejects of a file. The database takes any digest.
async fn log(database: &Database, file: FileId, rejects: &[Reject], digest: u8) {
    let by_rule = BTreeMap::from([("date".to_owned(), 7)]);
    let rejects = FileRejects {
        kept: rejects,
        total: 7,
        by_rule: &by_rule,
        sha256: [digest; 32],
    };
    database.log_rejects(file, rejects).await.unwrap();
}

#[tokio::test]
async fn rejects_outlive_the_load_that_found_them_and_are_counted() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let file = start_file(&load).await;
    let line_4 = Reject {
        line_number: 4,
        ..reject()
    };
    log(&pool, file, &[reject(), line_4], 1).await;
    load.roll_back().await;
    let found = database.query(
        "select file_id = file.id, line_number, byte_offset, field, value, rule, message,
            encode(raw_line, 'escape'), rows_rejected, rejects_kept, rejects_by_rule, file.status
         from load_reject as reject join load_file as file on file.id = reject.file_id
         order by line_number",
    );
    let row = |line| {
        [
            "t",
            line,
            "120",
            "dated_date",
            "2024-02-30",
            "date",
            MESSAGE,
            "037833|10",
            "7",
            "2",
            r#"{"date": 7}"#,
            "running",
        ]
    };
    assert_eq!(found, [row("3"), row("4")]);
}

/// Returns the lines of a job's rejects, as pages and as a file have them.
async fn lines(pool: &Database, load: &Load, file: FileId) -> (Vec<u64>, usize) {
    let page = pool.job_rejects(load.job(), None, None, 10).await.unwrap();
    assert!(page.iter().all(|reject| reject.file_id == Some(file)));
    let mut of_file = pool.reject_lines(file);
    let mut number = 0;
    while of_file.next().await.unwrap().is_some() {
        number += 1;
    }
    (
        page.iter().map(|reject| reject.line_number).collect(),
        number,
    )
}

#[tokio::test]
async fn same_rejects_are_stored_once_and_belong_to_every_file_that_has_them() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    for digest in [1, 1, 2, 1] {
        let load = begin(&pool).await;
        let file = start_file(&load).await;
        log(&pool, file, &[reject()], digest).await;
        assert_eq!(lines(&pool, &load, file).await, (vec![3], 1));
        load.roll_back().await;
    }
    let found = database.query(
        "select id, rejects_file_id, rejects_kept,
            (select count(*) from load_reject where file_id = id) from load_file order by id",
    );
    let (first, third) = (["1", "", "1", "1"], ["3", "", "1", "1"]);
    assert_eq!(
        found,
        [first, ["2", "1", "1", "0"], third, ["4", "1", "1", "0"]]
    );
}

#[tokio::test]
async fn rejects_of_old_jobs_are_pruned_unless_a_newer_file_has_them_too() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let mut files = Vec::new();
    for (started, digest) in [
        ("2024-01-14 23:59:59", 1),
        ("2024-01-14 12:00:00", 2),
        ("2024-01-15 00:00:00", 1),
    ] {
        let load = begin(&pool).await;
        let file = start_file(&load).await;
        log(&pool, file, &[reject()], digest).await;
        database.execute(&format!(
            "update load_job set started_at = '{started} UTC', status = 'failed',
                finished_at = clock_timestamp() where id = {}",
            load.job()
        ));
        load.roll_back().await;
        files.push((JobId(file.0), file));
    }
    let day: Date = "2024-01-15".parse().unwrap();
    let pruned = pool.prune_rejects(day).await.unwrap();
    assert_eq!((pruned.files, pruned.rejects), (2, 1));
    for (job, file) in &files {
        let is_kept = job.0 == 3;
        let page = pool.job_rejects(*job, None, None, 10).await.unwrap();
        assert_eq!(page.len(), usize::from(is_kept));
        let line = pool.reject_lines(*file).next().await.unwrap();
        assert_eq!(line.is_some(), is_kept);
        let outcome = &pool.job_files(*job).await.unwrap()[0];
        assert_eq!(outcome.counts.rejected, 7);
        assert_eq!(outcome.rejects_kept, u64::from(is_kept));
        assert_eq!(outcome.rejects_pruned_at.is_some(), !is_kept);
    }
    let again = pool.prune_rejects(day).await.unwrap();
    assert_eq!((again.files, again.rejects), (0, 0));
    // The rejects of the first file are still there, for the third one.
    let load = begin(&pool).await;
    let file = start_file(&load).await;
    log(&pool, file, &[reject()], 1).await;
    assert_eq!(lines(&pool, &load, file).await, (vec![3], 1));
    assert_eq!(database.query("select count(*) from load_reject"), [["1"]]);
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
    log(&pool, file, &[odd], 1).await;
    let found = database.query("select field is null, value, message from load_reject");
    assert_eq!(found, [["t", "a\\0b", "c\\0\\d"]]);
    let mut lines = pool.reject_lines(file);
    assert_eq!(lines.next().await.unwrap().unwrap(), every_byte);
    assert!(lines.next().await.unwrap().is_none());
    let page = pool.job_rejects(load.job(), None, None, 10).await.unwrap();
    assert_eq!(page[0].raw_line.as_deref(), Some(every_byte.as_slice()));
}

#[tokio::test]
async fn rejects_of_an_unlogged_file_are_refused() {
    let database = TestDatabase::migrated();
    let by_rule = BTreeMap::new();
    let rejects = FileRejects {
        kept: &[],
        total: 1,
        by_rule: &by_rule,
        sha256: [0; 32],
    };
    let logged = database.pool().log_rejects(FileId(77), rejects).await;
    let error = logged.unwrap_err().to_string();
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
