//! What the history does with rows that no load changes, and with loads that fail.

use cusip_jobs::{ChangeKind, JobId};
use cusip_pif::FileKind;
use cusip_postgres::JobRange;
use cusip_test_support::TestDatabase;

use crate::day::{Day, begin, merge};
use crate::history::{all, load_two_days, rate_after, security, texts};
#[tokio::test]
async fn update_that_does_not_advance_the_job_is_refused() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    load_two_days(&pool).await;
    database.execute(
        "insert into issuer (issuer_num, first_job_id, last_job_id) values ('594918', 1, 1)",
    );
    let client = database.client().await;
    for statement in [
        "update issue set rate = 3",
        "update issue set rate = 3, last_job_id = 1",
        "update issuer set issuer_name_1 = ''",
        "update issuer set issuer_num = '594919', last_job_id = 3 where issuer_num = '594918'",
        "insert into issuer (issuer_num, first_job_id, last_job_id) values ('037833', 1, 1)
             on conflict (issuer_num) do update set issuer_name_1 = 'X'",
    ] {
        let error = client.batch_execute(statement).await.unwrap_err();
        let message = error.as_db_error().unwrap();
        let rule = "an update must set last_job_id to a later job than before, and keep the key";
        assert!(message.message().ends_with(rule), "{statement}: {message}");
        assert_eq!(message.code().code(), "23000");
    }
    client
        .batch_execute("update issue set rate = 3, last_job_id = 3")
        .await
        .unwrap();
    assert_eq!(rate_after(&pool, JobId(2)).await, "2");
}

#[tokio::test]
async fn deleted_and_truncated_rows_are_kept_and_end_after_the_last_load() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    load_two_days(&pool).await;
    database.execute("delete from issue_attribute; truncate issuer, issue, issue_attribute");
    assert_eq!(rate_after(&pool, JobId(1)).await, "1");
    assert_eq!(rate_after(&pool, JobId(2)).await, "2");
    security("APPLE", "3", "AAPL").bulk_load(&pool).await;
    assert_eq!(rate_after(&pool, JobId(2)).await, "2");
    assert_eq!(rate_after(&pool, JobId(3)).await, "3");
    let range = JobRange {
        after: JobId(2),
        upto: JobId(3),
    };
    let changes = all(pool.changes(range, None, None).await.unwrap()).await;
    // The next load brought the records back, so it changed them.
    assert_eq!(
        texts(&changes),
        [
            "3 issuer changed: ",
            "3 issue changed: rate 2>3",
            "3 issue_attr changed: "
        ]
    );

    database.execute("delete from issue_attribute");
    Day::default().load_as(&pool, "2024-01-17").await;
    let range = JobRange {
        after: JobId(3),
        upto: JobId(4),
    };
    let changes = all(pool.changes(range, None, None).await.unwrap()).await;
    assert_eq!(
        texts(&changes),
        ["4 issue_attr deleted: ticker_symbol AAPL>"]
    );
    assert_eq!(changes[0].change, ChangeKind::Deleted);
    assert_eq!(changes[0].kind, FileKind::IssueAttribute);
}

#[tokio::test]
async fn history_goes_with_a_load_that_is_rolled_back() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "1", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    let load = begin(&pool).await;
    merge(&load, &security("APPLE", "2", "AAPL").issues).await;
    load.roll_back().await;
    assert_eq!(database.query("select from issue_history").len(), 0);
}
