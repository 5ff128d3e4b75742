//! Sources that break off or change: nothing is loaded, and the error says what happened.

use std::sync::Arc;

use cusip_loader::{Error, Event, Stop, load};
use cusip_pif::FileKind;
use cusip_test_support::TestDatabase;

use crate::memory_source::MemorySource;
use crate::request;

const ISSUERS: &str = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15\n999999|1\n";
const ISSUES: &str = "037833|10|0|COM||||||A||||||A|2024-01-15\n999999|1\n";

fn source() -> Arc<MemorySource> {
    let source = MemorySource::default();
    source.put("CED01-15R.PIP", ISSUERS);
    source.put("CED01-15E.PIP", ISSUES);
    source.put("CED01-15A.PIP", "999999|0\n");
    Arc::new(source)
}

fn silent(_: Event<'_>) {}

#[tokio::test]
async fn a_body_that_breaks_off_loads_nothing_and_a_later_try_loads_all() {
    let database = TestDatabase::migrated();
    for after in 0..ISSUES.len() {
        let source = source();
        source.break_off("CED01-15E.PIP", after);
        let failure = load(&database.pool(), request(source), &silent, &Stop::default())
            .await
            .unwrap_err();
        assert!(
            matches!(failure.error, Error::Source(_)),
            "{after}: {failure:?}"
        );
        assert!(
            failure.report.message.contains("the connection broke off"),
            "{failure:?}"
        );
        assert_eq!(database.query("select count(*) from issuer"), [["0"]]);
    }
    let report = load(
        &database.pool(),
        request(source()),
        &silent,
        &Stop::default(),
    )
    .await
    .unwrap();
    assert!(report.success);
    assert_eq!(
        database.query("select issuer_num, issue_num from issue"),
        [["037833", "10"]]
    );
    let states = database.query("select status, count(*) from load_job group by status order by 1");
    assert_eq!(
        states,
        [
            ["failed", ISSUES.len().to_string().as_str()],
            ["succeeded", "1"]
        ]
    );
}

#[tokio::test]
async fn a_file_that_is_replaced_after_it_was_listed_is_not_loaded() {
    let database = TestDatabase::migrated();
    let source = source();
    let replaced = |event: Event<'_>| {
        if matches!(
            event,
            Event::FileOpened {
                kind: FileKind::Issuer,
                ..
            }
        ) {
            source.put("CED01-15E.PIP", ISSUES.replace("COM", "CAP"));
        }
    };
    let request = request(Arc::clone(&source) as _);
    let failure = load(&database.pool(), request, &replaced, &Stop::default())
        .await
        .unwrap_err();
    let changed = matches!(
        failure.error,
        Error::Source(cusip_source::Error::Changed { .. })
    );
    assert!(changed, "{failure:?}");
    assert_eq!(
        failure.report.results[1].error.as_deref(),
        Some(failure.report.message.as_str())
    );
    assert_eq!(database.query("select count(*) from issuer"), [["0"]]);
}

/// Their lines are read a second time, and the file must still be the same.
#[tokio::test]
async fn a_file_that_is_replaced_before_its_orphans_are_kept_is_not_loaded() {
    let database = TestDatabase::migrated();
    let source = source();
    source.put("CED01-15R.PIP", "999999|0\n");
    let replaced = |event: Event<'_>| {
        if matches!(event, Event::Checking { .. }) {
            source.put("CED01-15E.PIP", ISSUES.replace("COM", "CAP"));
        }
    };
    let request = request(Arc::clone(&source) as _);
    let failure = load(&database.pool(), request, &replaced, &Stop::default())
        .await
        .unwrap_err();
    assert!(
        failure.report.message.contains("has changed"),
        "{failure:?}"
    );
    assert!(failure.report.results[1].error.is_some(), "{failure:?}");
    let found = database.query(
        "select status, rows_rejected, (select count(*) from load_reject) from load_file
         where kind = 'issue'",
    );
    assert_eq!(found, [["failed", "0", "0"]]);
}
