//! Loads that end without a commit.

use cusip_pif::{FileKind, IssuerType};
use cusip_postgres::{Database, Error};
use cusip_test_support::TestDatabase;
use tokio::task::yield_now;

use crate::day::{begin, begin_when_free, issuer, merge, stage, staging};

const STAGING_TABLES: &str = "select relname from pg_class where relname like 'staging%'";

#[tokio::test]
async fn dropped_load_is_rolled_back() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &[issuer("000001", &[("issuer_type", "Q")])]).await;
    sink.register_codes(FileKind::Issuer, &IssuerType::LIST, "new")
        .await
        .unwrap();
    sink.write(FileKind::Issuer, 1).await.unwrap();
    drop(load);

    let load = begin_when_free(&pool).await;
    let found = database.query(
        "select (select count(*) from issuer),
            (select count(*) from ref_issuer_type where code = 'Q')",
    );
    assert_eq!(found, [["0", "0"]]);
    let merged = merge(&load, &[issuer("000001", &[])]).await;
    assert_eq!(merged.inserted, 1);
}

#[tokio::test]
async fn lock_is_free_when_a_load_has_been_rolled_back() {
    let pool = TestDatabase::migrated().pool();
    for _ in 0..10 {
        let load = begin(&pool).await;
        let merged = merge(&load, &[issuer("000001", &[])]).await;
        assert_eq!(merged.inserted, 1);
        load.roll_back().await;
    }
}

#[tokio::test]
async fn load_that_is_dropped_while_it_copies_is_rolled_back() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let mut sink = staging(&load).await;
    drop(sink.copy(FileKind::Issuer).await.unwrap());
    drop(load);
    begin_when_free(&pool).await;
    assert!(database.query(STAGING_TABLES).is_empty());
}

/// Without a request to cancel it, the statement would run to its end and keep the lock.
#[tokio::test]
async fn load_that_is_dropped_in_a_statement_does_not_wait_for_its_end() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    let obstacle = database.client().await;
    obstacle
        .batch_execute("begin; lock table issuer in exclusive mode")
        .await
        .unwrap();
    let merging = tokio::spawn(async move { merge(&load, &[issuer("000001", &[])]).await });
    let waiting = "select from pg_locks where relation = 'issuer'::regclass and not granted";
    while obstacle.query(waiting, &[]).await.unwrap().is_empty() {
        yield_now().await;
    }
    merging.abort();
    assert!(merging.await.unwrap_err().is_cancelled());
    begin_when_free(&pool).await;
}

#[tokio::test]
async fn committed_load_leaves_no_staging_table() {
    let database = TestDatabase::migrated();
    let load = begin(&database.pool()).await;
    merge(&load, &[issuer("000001", &[])]).await;
    load.commit(&[]).await.unwrap();
    assert!(database.query(STAGING_TABLES).is_empty());
    assert_eq!(
        database.query("select issuer_num from issuer"),
        [["000001"]]
    );
}

#[tokio::test]
async fn load_after_a_failed_statement_cannot_be_committed() {
    let database = TestDatabase::migrated();
    let load = begin(&database.pool()).await;
    merge(&load, &[issuer("000001", &[])]).await;
    let sink = staging(&load).await;
    let error = sink.write(FileKind::Issue, 1).await.unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    load.commit(&[]).await.unwrap_err();
    assert!(database.query("select from issuer").is_empty());
}

#[tokio::test]
async fn pool_outlives_many_dropped_loads() {
    let pool: Database = TestDatabase::migrated().pool();
    for _ in 0..20 {
        drop(begin_when_free(&pool).await);
    }
    let load = begin_when_free(&pool).await;
    load.commit(&[]).await.unwrap();
}
