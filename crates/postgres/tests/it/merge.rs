//! What a merge writes, and what it leaves alone.

use cusip_test_support::TestDatabase;

use crate::day::{Day, begin, issue, issuer, merge};

const NUMBERS: [&str; 4] = ["000001", "000002", "000003", "000004"];

#[tokio::test]
async fn merge_counts_inserted_updated_and_unchanged_records() {
    let database = TestDatabase::migrated().pool();
    let named = |number, name| issuer(number, &[("issuer_name_1", name)]);
    let [first, second, third, fourth] = NUMBERS;
    let yesterday = [named(first, "A"), named(second, "B"), named(third, "C")];
    let load = begin(&database).await;
    let merged = merge(&load, &yesterday).await;
    assert_eq!(
        (merged.inserted, merged.updated, merged.unchanged),
        (3, 0, 0)
    );
    load.commit(&[]).await.unwrap();

    let today = [
        named(first, "A"),
        named(second, "B "),
        named(third, "C"),
        named(fourth, "D"),
    ];
    let load = begin(&database).await;
    let merged = merge(&load, &today).await;
    assert_eq!(
        (merged.inserted, merged.updated, merged.unchanged),
        (1, 1, 2)
    );
    load.commit(&[]).await.unwrap();

    let load = begin(&database).await;
    let merged = merge(&load, &today).await;
    assert_eq!(
        (merged.inserted, merged.updated, merged.unchanged),
        (0, 0, 4)
    );
}

#[tokio::test]
async fn unchanged_rows_are_not_touched_and_changed_ones_keep_their_first_job() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let day = |rate| Day {
        issuers: vec![issuer("000001", &[("issuer_name_1", "A")])],
        issues: vec![
            issue("000001", "10", &[("rate", "1.5")]),
            issue("000001", "20", &[("rate", rate)]),
        ],
        attributes: Vec::new(),
    };
    let versions = || {
        database.query(
            "select xmin, ctid, first_job_id, last_job_id from issuer
             union all (select xmin, ctid, first_job_id, last_job_id from issue order by issue_num)",
        )
    };
    let first_job = day("2.5").load(&pool).await.to_string();
    let before = versions();
    let last_job = day("2.25").load(&pool).await.to_string();
    let after = versions();
    assert_eq!(after[..2], before[..2]);
    assert_ne!(after[2][0], before[2][0]);
    assert_eq!(before[2][2..], [first_job.as_str(), first_job.as_str()]);
    assert_eq!(after[2][2..], [first_job.as_str(), last_job.as_str()]);
}

#[tokio::test]
async fn records_that_no_file_brings_again_stay() {
    let database = TestDatabase::migrated();
    let day = |number| Day {
        issuers: vec![issuer(number, &[])],
        ..Day::default()
    };
    day("000001").load(&database.pool()).await;
    day("000002").load(&database.pool()).await;
    let found = database.query("select issuer_num from issuer order by issuer_num");
    assert_eq!(found.concat(), ["000001", "000002"]);
}
