//! A trial of a load, which leaves nothing behind.

use cusip_postgres::TrialLoad;
use cusip_test_support::TestDatabase;

use crate::day::{Day, issue, issuer};

async fn try_load(database: &TestDatabase) -> TrialLoad {
    database.pool().try_load().await.unwrap()
}

#[tokio::test]
async fn trial_leaves_nothing_behind() {
    let database = TestDatabase::migrated();
    assert!(matches!(try_load(&database).await, TrialLoad::Works));
    let day = Day {
        issuers: vec![issuer("037833", &[])],
        issues: vec![issue("037833", "10", &[])],
        ..Day::default()
    };
    let job = day.load(&database.pool()).await;
    assert_eq!(job.to_string(), "1");
    assert!(matches!(try_load(&database).await, TrialLoad::Works));
    let rows = database.query(
        "select issuer_num, last_job_id from issuer
         union all select issuer_num, last_job_id from issue",
    );
    assert_eq!(rows, [["037833", "1"], ["037833", "1"]]);
    assert!(database.query("select from issue_attribute").is_empty());
}

#[tokio::test]
async fn what_made_up_values_or_another_session_may_cause_is_inconclusive() {
    let database = TestDatabase::migrated();
    database.execute("alter table issue add constraint checked check (issue_desc_1 <> 'A')");
    let trial = try_load(&database).await;
    assert!(matches!(trial, TrialLoad::Inconclusive(_)), "{trial:?}");

    let database = TestDatabase::migrated();
    let holder = database.client().await;
    (holder.batch_execute("begin; lock table issuer").await).unwrap();
    let trial = try_load(&database).await;
    assert!(matches!(trial, TrialLoad::Inconclusive(_)), "{trial:?}");
}
