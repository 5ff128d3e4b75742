//! Pruning the history.

use cusip_jobs::{AsOf, ChangeKind, JobId, JobStatus};
use cusip_postgres::{Database, Error, JobRange, MigrationMode};
use cusip_test_support::TestDatabase;

use crate::day::{Day, issue, issuer, job};
use crate::history::{all, cusip};
use crate::schema_history::WITHOUT_HISTORY;

/// Loads three days, on each of which the issue changes.
async fn three_days(database: &Database) {
    for (day, rate) in [
        ("2024-01-15", "1"),
        ("2024-01-16", "2"),
        ("2024-01-17", "3"),
    ] {
        let records = Day {
            issuers: vec![issuer("037833", &[])],
            issues: vec![issue("037833", "10", &[("rate", rate)])],
            ..Day::default()
        };
        records.load_as(database, day).await;
    }
}

fn is_pruned<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::NoSuchState {
            reason,
            is_pruned: true,
        }) => reason,
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it can be shown"),
    }
}

#[tokio::test]
async fn states_before_the_day_cannot_be_shown_and_later_ones_can() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    three_days(&pool).await;
    let pruned = pool
        .prune_history("2024-01-16".parse().unwrap(), job().requester)
        .await;
    let pruned = pruned.unwrap();
    assert_eq!(
        (pruned.job, pruned.oldest.job, pruned.versions),
        (JobId(4), JobId(2), 1)
    );

    for text in ["2024-01-15", "job:1"] {
        let as_of: AsOf = text.parse().unwrap();
        let reason = is_pruned(pool.state(&as_of).await);
        let expected =
            format!("the state as of {text} was pruned: history begins with job 2, day 2024-01-16");
        assert_eq!(reason, expected);
    }
    let state = pool.state(&"2024-01-16".parse().unwrap()).await.unwrap();
    let mut found = pool.securities_as_of(&[cusip()], state.job).await.unwrap();
    let security = found.next().await.unwrap().flatten().unwrap();
    assert_eq!(security.issue["rate"].to_string(), "2");

    let changes = async |after| {
        let range = JobRange {
            after: JobId(after),
            upto: JobId(3),
        };
        match pool.changes(range, None, None).await {
            Ok(mut changes) => changes.next().await,
            Err(error) => Err(error),
        }
    };
    assert!(is_pruned(changes(1).await).contains("read the state as of job:2 instead"));
    assert_eq!(changes(2).await.unwrap().unwrap().job, JobId(3));
    let history = all(pool.security_history(cusip()).await.unwrap()).await;
    let kinds: Vec<_> = history
        .iter()
        .map(|change| (change.job.0, change.change))
        .collect();
    let expected = [
        (3, ChangeKind::Changed),
        (2, ChangeKind::Oldest),
        (1, ChangeKind::Inserted),
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn pruning_is_a_job_and_no_state() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    three_days(&pool).await;
    let pruned = pool
        .prune_history("2030-01-01".parse().unwrap(), job().requester)
        .await;
    assert_eq!(pruned.unwrap().oldest.job, JobId(3));
    let logged = pool.job(JobId(4)).await.unwrap().unwrap();
    assert_eq!(
        (logged.kind.name(), logged.status),
        ("prune-history", JobStatus::Succeeded)
    );
    let options = serde_json::to_string(&logged.options).unwrap();
    assert!(options.contains("\"before\":\"2030-01-01\""), "{options}");
    assert!(options.contains("\"oldest_job\":3"), "{options}");
    assert!(options.contains("\"versions\":2"), "{options}");
    assert_eq!(pool.current_state().await.unwrap().unwrap().job, JobId(3));
    pool.state(&"job:4".parse().unwrap()).await.unwrap_err();
    // A later pruning never brings states back.
    let again = pool
        .prune_history("2024-01-16".parse().unwrap(), job().requester)
        .await;
    assert_eq!(again.unwrap().oldest.job, JobId(3));
}

#[tokio::test]
async fn pruning_an_empty_database_fails_and_is_logged() {
    let database = TestDatabase::migrated().pool();
    let pruned = database
        .prune_history("2024-01-16".parse().unwrap(), job().requester)
        .await;
    let error = pruned.unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no history to prune: nothing has been loaded"
    );
    let logged = database.job(JobId(1)).await.unwrap().unwrap();
    assert_eq!(
        (logged.status, logged.error),
        (JobStatus::Failed, Some(error))
    );
}

#[tokio::test]
async fn history_of_a_database_that_was_loaded_without_it_begins_with_the_last_load() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    three_days(&pool).await;
    database.execute(WITHOUT_HISTORY);
    pool.migrate(MigrationMode::Commit).await.unwrap();
    let reason = is_pruned(pool.state(&"2024-01-16".parse().unwrap()).await);
    assert!(
        reason.ends_with("history begins with job 3, day 2024-01-17"),
        "{reason}"
    );
    pool.state(&"2024-01-17".parse().unwrap()).await.unwrap();
}
