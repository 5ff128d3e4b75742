//! Records whose parents are missing.

use cusip_pif::FileKind;
use cusip_postgres::{OrphanLines, Sink};
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, begin, issue, issuer, stage, staging};

/// Line, byte offset and the missing parent's key of each orphan, in the order they come in.
async fn orphans(sink: &Sink<'_>, kind: FileKind) -> Vec<(u64, u64, String)> {
    let mut found = sink
        .remove_orphans(kind, OrphanLines::Omitted)
        .await
        .unwrap();
    let mut orphans = Vec::new();
    while let Some(orphan) = found.next().await.unwrap() {
        assert_eq!(orphan.line, None);
        orphans.push((orphan.line_number, orphan.byte_offset, orphan.parent_key));
    }
    orphans
}

fn orphan(line_number: u64, byte_offset: u64, parent_key: &str) -> (u64, u64, String) {
    (line_number, byte_offset, parent_key.to_owned())
}

#[tokio::test]
async fn issue_without_issuer_is_an_orphan() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let loaded = Day {
        issuers: vec![issuer("000001", &[])],
        ..Day::default()
    };
    loaded.load(&pool).await;
    let load = begin(&pool).await;
    let mut sink = staging(&load).await;
    let records = [
        issue("000009", "10", &[]),
        issue("000001", "10", &[]),
        issue("000008", "20", &[]),
    ];
    stage(&mut sink, &records).await;
    let expected = [orphan(1, 0, "000009"), orphan(3, 200, "000008")];
    assert_eq!(orphans(&sink, FileKind::Issue).await, expected);
    let merged = sink.write(FileKind::Issue, 1).await.unwrap();
    assert_eq!(merged.inserted, 1);
    load.commit(&[]).await.unwrap();
    let found = database.query("select issuer_num, issue_num from issue");
    assert_eq!(found, [["000001", "10"]]);
}

#[tokio::test]
async fn attribute_without_issue_is_an_orphan() {
    let database = TestDatabase::migrated().pool();
    let loaded = Day {
        issuers: vec![issuer("000001", &[]), issuer("000002", &[])],
        issues: vec![issue("000001", "10", &[]), issue("000002", "20", &[])],
        attributes: Vec::new(),
    };
    loaded.load(&database).await;
    let load = begin(&database).await;
    let mut sink = staging(&load).await;
    let records = [
        attribute("000001", "10", &[]),
        attribute("000001", "20", &[]),
        attribute("000002", "20", &[]),
    ];
    stage(&mut sink, &records).await;
    let expected = [orphan(2, 100, "000001 20")];
    assert_eq!(orphans(&sink, FileKind::IssueAttribute).await, expected);
    let merged = sink.write(FileKind::IssueAttribute, 2).await.unwrap();
    assert_eq!(merged.inserted, 2);
}

#[tokio::test]
async fn parents_may_come_with_the_same_load() {
    let database = TestDatabase::migrated().pool();
    let load = begin(&database).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &[issuer("000001", &[])]).await;
    stage(&mut sink, &[issue("000001", "10", &[])]).await;
    stage(&mut sink, &[attribute("000001", "10", &[])]).await;
    for kind in FileKind::ALL {
        assert_eq!(orphans(&sink, kind).await, []);
    }
    for kind in FileKind::ALL {
        assert_eq!(sink.write(kind, 1).await.unwrap().inserted, 1);
    }
}

#[tokio::test]
async fn children_of_an_orphan_are_orphans() {
    let database = TestDatabase::migrated().pool();
    let load = begin(&database).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &[issuer("000001", &[])]).await;
    let issues = [issue("000001", "10", &[]), issue("000002", "10", &[])];
    stage(&mut sink, &issues).await;
    let attributes = [
        attribute("000002", "10", &[]),
        attribute("000001", "10", &[]),
    ];
    stage(&mut sink, &attributes).await;
    assert_eq!(orphans(&sink, FileKind::Issuer).await, []);
    let expected = [orphan(2, 100, "000002")];
    assert_eq!(orphans(&sink, FileKind::Issue).await, expected);
    let expected = [orphan(1, 0, "000002 10")];
    assert_eq!(orphans(&sink, FileKind::IssueAttribute).await, expected);
}

#[tokio::test]
async fn issuers_have_no_parents() {
    let database = TestDatabase::migrated().pool();
    let load = begin(&database).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &[issuer("000001", &[])]).await;
    assert_eq!(orphans(&sink, FileKind::Issuer).await, []);
    assert_eq!(sink.write(FileKind::Issuer, 1).await.unwrap().inserted, 1);
}

/// The server's own form of dates is not the files'.
#[tokio::test]
async fn lines_of_orphans_are_rebuilt_from_their_values() {
    let database = TestDatabase::migrated();
    let name = database.name();
    database.execute(&format!(
        "alter database {name} set datestyle = 'german, dmy'"
    ));
    let fields = [
        ("issue_desc_1", " \"QUOTED\" \\N "),
        ("dated_date", "02/29/2020"),
        ("partial_maturity", " -7 "),
        ("rate", "4.81250"),
    ];
    let load = begin(&database.pool()).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &[issue("000009", "10", &fields)]).await;
    let mut orphans = sink
        .remove_orphans(FileKind::Issue, OrphanLines::Rebuilt)
        .await
        .unwrap();
    let orphan = orphans.next().await.unwrap().unwrap();
    let line = orphan.line.unwrap();
    let again: cusip_pif::Issue = cusip_pif::Reader::from_reader(line.as_bytes())
        .records()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(again, issue("000009", "10", &fields));
    assert!(line.contains("|2020-02-29|"), "{line}");
    assert!(orphans.next().await.unwrap().is_none());
}
