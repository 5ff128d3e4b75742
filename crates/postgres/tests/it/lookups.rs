//! Single securities, looked up by their CUSIP.

use cusip_pif::Cusip;
use cusip_postgres::{Database, Error};
use cusip_test_support::TestDatabase;
use serde_json::json;

use crate::day::{Day, attribute, issue, issuer};

async fn filled() -> Database {
    let database = TestDatabase::migrated().pool();
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
    let security = filled().await.security(cusip("037833100")).await.unwrap();
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
    let security = filled().await.security(cusip("037833AB")).await.unwrap();
    let security = security.unwrap();
    assert!(security.issue_attribute.is_none());
    assert_eq!(security.issue["rate"].to_string(), "4.812500");
    assert_eq!(security.issue["issue_description"], json!(null));
}

#[tokio::test]
async fn unknown_security_is_none() {
    let found = filled().await.security(cusip("037833AC")).await.unwrap();
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
