//! The history: what loads changed.

use cusip_jobs::{AsOf, ChangeCursor, JobId, RecordChange};
use cusip_pif::Cusip;
use cusip_postgres::{Changes, Database, JobRange};
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, issue, issuer};

/// A security: name of its issuer, rate, ticker.
pub(super) fn security(name: &str, rate: &str, ticker: &str) -> Day {
    Day {
        issuers: vec![issuer("037833", &[("issuer_name_1", name)])],
        issues: vec![issue(
            "037833",
            "10",
            &[("issue_check", "0"), ("rate", rate)],
        )],
        attributes: vec![attribute("037833", "10", &[("ticker_symbol", ticker)])],
    }
}

/// Loads two days, which differ in the rate.
pub(super) async fn load_two_days(database: &Database) {
    for (date, rate) in [("2024-01-15", "1"), ("2024-01-16", "2")] {
        security("APPLE", rate, "AAPL")
            .load_as(database, date)
            .await;
    }
}

pub(super) fn cusip() -> Cusip {
    "037833100".parse().unwrap()
}

pub(super) fn as_of(text: &str) -> AsOf {
    text.parse().unwrap()
}

pub(super) async fn rate_after(database: &Database, job: JobId) -> String {
    let mut found = database.securities_as_of(&[cusip()], job).await.unwrap();
    let security = found.next().await.unwrap().flatten();
    security.map_or_else(String::new, |security| security.issue["rate"].to_string())
}

pub(super) async fn all(mut changes: Changes) -> Vec<RecordChange> {
    let mut found = Vec::new();
    while let Some(change) = changes.next().await.unwrap() {
        found.push(change);
    }
    found
}

/// Returns kind, change and fields of each change, in one string.
pub(super) fn texts(changes: &[RecordChange]) -> Vec<String> {
    let text = |change: &RecordChange| {
        let field = |field: &cusip_jobs::FieldChange| {
            let value = |value: &Option<String>| value.clone().unwrap_or_default();
            format!("{} {}>{}", field.name, value(&field.from), value(&field.to))
        };
        let fields: Vec<_> = change.fields.iter().map(field).collect();
        let (job, kind, change) = (change.job, change.kind, change.change);
        format!("{job} {kind} {change}: {}", fields.join(", "))
    };
    changes.iter().map(text).collect()
}

const BOTH_LOADS: JobRange = JobRange {
    after: JobId(0),
    upto: JobId(2),
};

#[tokio::test]
async fn first_load_writes_no_history() {
    let database = TestDatabase::migrated();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database.pool(), "2024-01-15")
        .await;
    let kept = "select (select count(*) from issuer_history) + (select count(*) from issue_history)
        + (select count(*) from issue_attribute_history)";
    assert_eq!(database.query(kept), [["0"]]);
}

#[tokio::test]
async fn changed_records_keep_their_old_versions_and_unchanged_ones_write_none() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&pool, "2024-01-15")
        .await;
    security("APPLE", "5.00", "AAPL")
        .load_as(&pool, "2024-01-16")
        .await;
    security("APPLE INC", "5.00", "AAPL")
        .load_as(&pool, "2024-01-17")
        .await;
    let issues = "select rate, first_job_id, last_job_id, until_job_id from issue_history";
    assert_eq!(database.query(issues), [["5.0", "1", "1", "2"]]);
    let issuers =
        "select issuer_name_1, first_job_id, last_job_id, until_job_id from issuer_history";
    assert_eq!(database.query(issuers), [["APPLE", "1", "1", "3"]]);
    assert_eq!(
        database.query("select from issue_attribute_history").len(),
        0
    );
}

#[tokio::test]
async fn changes_come_by_load_and_kind_with_old_and_new_values() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.00", "")
        .load_as(&database, "2024-01-16")
        .await;
    let changes = database.changes(BOTH_LOADS, None, None).await.unwrap();
    let changes = all(changes).await;
    assert_eq!(
        texts(&changes),
        [
            "1 issuer inserted: issuer_name_1 >APPLE",
            "1 issue inserted: issue_check >0, rate >5.0",
            "1 issue_attr inserted: ticker_symbol >AAPL",
            "2 issuer changed: issuer_name_1 APPLE>APPLE INC",
            "2 issue changed: rate 5.0>5.00",
            "2 issue_attr changed: ticker_symbol AAPL>",
        ]
    );
    assert_eq!(changes[0].until, Some(JobId(2)));
    assert_eq!(changes[3].until, None);
    assert_eq!(changes[3].date.unwrap().to_string(), "2024-01-16");
    assert_eq!(
        (
            changes[1].issuer_num.as_str(),
            changes[1].issue_num.as_deref()
        ),
        ("037833", Some("10"))
    );
    assert_eq!(changes[0].issue_num, None);
    let second = JobRange {
        after: JobId(1),
        upto: JobId(2),
    };
    let since = all(database.changes(second, None, None).await.unwrap()).await;
    assert_eq!(since, changes[3..]);
}

#[tokio::test]
async fn changes_go_on_after_a_cursor() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.00", "")
        .load_as(&database, "2024-01-16")
        .await;
    let whole = all(database.changes(BOTH_LOADS, None, None).await.unwrap()).await;
    for (number, change) in whole.iter().enumerate() {
        let cursor = ChangeCursor::of(change);
        let rest = database
            .changes(BOTH_LOADS, Some(&cursor), Some(2))
            .await
            .unwrap();
        let expected = &whole[number + 1..];
        assert_eq!(
            all(rest).await,
            expected[..expected.len().min(2)],
            "after {cursor}"
        );
    }
    let behind: ChangeCursor = "7-issue-03783310".parse().unwrap();
    let changes = database.changes(BOTH_LOADS, Some(&behind), None).await;
    assert_eq!(all(changes.unwrap()).await, []);
}

#[tokio::test]
async fn changes_are_counted_by_record_and_field() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.00", "AAPL")
        .load_as(&database, "2024-01-16")
        .await;
    let counts = database.count_changes(BOTH_LOADS).await.unwrap();
    let counts: Vec<_> = (counts.iter())
        .map(|count| {
            let field = count.field.as_deref().unwrap_or("records");
            format!("{} {} {field} {}", count.kind, count.change, count.count)
        })
        .collect();
    assert_eq!(
        counts,
        [
            "issuer changed records 1",
            "issuer inserted records 1",
            "issuer changed issuer_name_1 1",
            "issue changed records 1",
            "issue inserted records 1",
            "issue changed rate 1",
            "issue_attr inserted records 1",
        ]
    );
}

#[tokio::test]
async fn history_of_a_security_has_all_its_records_newest_first() {
    let database = TestDatabase::migrated().pool();
    security("APPLE", "5.0", "AAPL")
        .load_as(&database, "2024-01-15")
        .await;
    security("APPLE INC", "5.0", "AAPL")
        .load_as(&database, "2024-01-16")
        .await;
    security("APPLE INC", "6.0", "AAPL")
        .load_as(&database, "2024-01-17")
        .await;
    let history = all(database.security_history(cusip()).await.unwrap()).await;
    assert_eq!(
        texts(&history),
        [
            "3 issue changed: rate 5.0>6.0",
            "2 issuer changed: issuer_name_1 APPLE>APPLE INC",
            "1 issue inserted: issue_check >0, rate >5.0",
            "1 issue_attr inserted: ticker_symbol >AAPL",
            "1 issuer inserted: issuer_name_1 >APPLE",
        ]
    );
    let dates = history
        .iter()
        .map(|change| change.date.unwrap().to_string());
    let expected = [
        "2024-01-17",
        "2024-01-16",
        "2024-01-15",
        "2024-01-15",
        "2024-01-15",
    ];
    assert!(dates.eq(expected));
    let unknown = "594918104".parse().unwrap();
    let none = database.security_history(unknown).await.unwrap();
    assert!(all(none).await.is_empty());
}
