//! Single securities, looked up by their CUSIP.

use cusip_jobs::State;
use cusip_pif::Cusip;
use cusip_postgres::{Database, Error, SecurityRow, SecurityRows};
use cusip_test_support::TestDatabase;
use serde_json::json;
use tokio_postgres::NoTls;

use crate::day::{Day, attribute, issue, issuer};

async fn filled(database: &TestDatabase) -> Database {
    let database = database.pool();
    let day = Day {
        issuers: vec![issuer("037833", &[("issuer_name_1", "APPLE INC")])],
        issues: vec![
            issue("037833", "10", &[("issue_check", "0")]),
            issue("037833", "AB", &[("rate", "4.812500")]),
        ],
        attributes: vec![attribute("037833", "10", &[("ticker_symbol", "AAPL")])],
    };
    day.load(&database).await;
    database
}

fn cusip(text: &str) -> Cusip {
    Cusip::parse_loosely(text).unwrap()
}

#[tokio::test]
async fn security_is_shown_with_issuer_and_attributes() {
    let security = filled(&TestDatabase::migrated())
        .await
        .security(cusip("037833100"))
        .await
        .unwrap();
    let security = security.unwrap();
    assert_eq!(security.cusip, "037833100");
    assert_eq!(security.issuer["issuer_name"], "APPLE INC");
    assert_eq!(security.issue["cusip"], "037833100");
    let attributes = security.issue_attribute.unwrap();
    assert_eq!(attributes["ticker_symbol"], "AAPL");
    let columns: Vec<_> = attributes.keys().take(4).collect();
    let in_order = [
        "issuer_num",
        "issue_num",
        "cusip_base",
        "alternative_min_tax",
    ];
    assert_eq!(columns, in_order);
}

#[tokio::test]
async fn security_without_attributes_keeps_every_digit_of_its_rate() {
    let security = filled(&TestDatabase::migrated())
        .await
        .security(cusip("037833AB"))
        .await
        .unwrap();
    let security = security.unwrap();
    assert!(security.issue_attribute.is_none());
    assert_eq!(security.issue["rate"].to_string(), "4.812500");
    assert_eq!(security.issue["issue_description"], json!(null));
}

#[tokio::test]
async fn unknown_security_is_none() {
    let found = filled(&TestDatabase::migrated())
        .await
        .security(cusip("037833AC"))
        .await
        .unwrap();
    assert!(found.is_none());
}

#[tokio::test]
async fn lookup_in_a_database_without_schema_says_so() {
    let database = TestDatabase::empty().pool();
    let error = database.security(cusip("037833100")).await.unwrap_err();
    assert!(matches!(error, Error::NotMigrated { .. }), "{error}");
    let error = database.search("apple", 10).await.unwrap_err();
    assert!(matches!(error, Error::NotMigrated { .. }), "{error}");
}

async fn read(mut rows: SecurityRows) -> (Option<State>, Vec<Option<SecurityRow>>) {
    let state = rows.state().unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().await.unwrap() {
        found.push(row);
    }
    (state, found)
}

#[tokio::test]
async fn few_securities_are_the_same_as_in_a_list() {
    let database = filled(&TestDatabase::migrated()).await;
    let asked = ["037833AB", "037833AC", "037833100", "037833AB"].map(cusip);
    let list = read(database.look_up_rows(&asked, None).await.unwrap()).await;
    let (state, found) = &list;
    assert!(state.is_some());
    let exists: Vec<_> = found.iter().map(Option::is_some).collect();
    assert_eq!(exists, [true, false, true, true]);
    // The server keeps the plan of the first time.
    for _ in 0..2 {
        let few = database.look_up_few(&asked).await.unwrap();
        assert_eq!(read(few).await, list);
    }
}

/// A program that waits for the first load has a plan for empty tables.
#[tokio::test]
async fn plan_that_is_kept_never_reads_a_whole_table() {
    let database = TestDatabase::migrated();
    let (client, connection) = database.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let look_up = "select others from look_up_securities('{037833}', '{10}')";
    let row = client.query_one(look_up, &[]).await.unwrap();
    assert_eq!(row.get::<_, Option<&str>>(0), None);
    filled(&database).await;
    let scans = "select sum(seq_scan)::bigint from pg_stat_xact_user_tables
        where relname in ('issuer', 'issue', 'issue_attribute', 'load_job', 'load_file')";
    client.batch_execute("begin").await.unwrap();
    let row = client.query_one(look_up, &[]).await.unwrap();
    assert!(row.get::<_, &str>(0).contains("AAPL"));
    let row = client.query_one(scans, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}
