//! Keys that appear more than once in a file.

use cusip_pif::{FileKind, Issuer};
use cusip_test_support::TestDatabase;

use crate::day::{begin, issue, issuer, merge, stage, staging};

fn named(number: &str, name: &str) -> Issuer {
    issuer(number, &[("issuer_name_1", name)])
}

#[tokio::test]
async fn last_of_repeated_records_wins() {
    let database = TestDatabase::migrated();
    let load = begin(&database.pool()).await;
    let mut sink = staging(&load).await;
    let records = [
        named("000001", "first"),
        named("000002", "once"),
        named("000001", "second"),
        named("000003", "old"),
        named("000003", "new"),
        named("000001", "third"),
        named("000004", "once"),
    ];
    assert_eq!(stage(&mut sink, &records).await, 7);
    let removed = sink.remove_superseded(FileKind::Issuer, false).await;
    assert_eq!(removed.unwrap(), Some(3));
    let merged = sink.write(FileKind::Issuer, 4).await.unwrap();
    assert_eq!(merged.inserted, 4);
    load.commit(&[]).await.unwrap();
    let found = database.query("select issuer_num, issuer_name_1 from issuer order by issuer_num");
    let expected = [
        ["000001", "third"],
        ["000002", "once"],
        ["000003", "new"],
        ["000004", "once"],
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn keys_that_differ_in_either_part_are_not_repeated() {
    let database = TestDatabase::migrated().pool();
    let load = begin(&database).await;
    merge(&load, &[named("000001", ""), named("000002", "")]).await;
    let records = [
        issue("000001", "10", &[("rate", "1")]),
        issue("000002", "10", &[]),
        issue("000001", "20", &[]),
        issue("000001", "10", &[("rate", "2")]),
    ];
    let mut sink = staging(&load).await;
    stage(&mut sink, &records).await;
    let removed = sink.remove_superseded(FileKind::Issue, false).await;
    assert_eq!(removed.unwrap(), Some(1));
    let merged = sink.write(FileKind::Issue, 3).await.unwrap();
    assert_eq!(merged.inserted, 3);
}

#[tokio::test]
async fn nothing_is_removed_where_no_key_is_repeated() {
    let database = TestDatabase::migrated().pool();
    let load = begin(&database).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &[named("000002", "B"), named("000001", "A")]).await;
    let removed = sink.remove_superseded(FileKind::Issuer, false).await;
    assert_eq!(removed.unwrap(), Some(0));
    let merged = sink.write(FileKind::Issuer, 2).await.unwrap();
    assert_eq!(merged.inserted, 2);
}
