//! Rows that a trigger or rule keeps out fail the load; none counts as unchanged.

use cusip_pif::{CodeList, FileKind};
use cusip_postgres::{Error, LoadStrategy, Written};
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, begin, issue, issuer, merge, stage, staging};

const SUPPRESSING: &str = "create function keep_out() returns trigger language plpgsql
     as $$ begin return null; end $$;";

fn suppressing(event: &str, table: &str) -> String {
    format!(
        "{SUPPRESSING} create trigger guard before {event} on {table}
         for each row execute function keep_out()"
    )
}

fn one_security(name: &str) -> Day {
    Day {
        issuers: vec![issuer("037833", &[("issuer_name_1", name)])],
        issues: vec![issue("037833", "10", &[("issue_desc_1", name)])],
        attributes: vec![attribute("037833", "10", &[("underwriter", name)])],
    }
}

/// Stages and merges a day, and returns the error of the kind that cannot be written.
async fn merge_error(database: &TestDatabase, day: &Day, kind: FileKind) -> Error {
    let load = begin(&database.pool()).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &day.issuers).await;
    stage(&mut sink, &day.issues).await;
    stage(&mut sink, &day.attributes).await;
    for written in FileKind::ALL {
        match sink.write(written, 1).await {
            Ok(_) => assert_ne!(written, kind),
            Err(error) => {
                assert_eq!(written, kind);
                return error;
            }
        }
    }
    unreachable!("the table {kind} takes no rows")
}

fn assert_names(error: &Error, table: &str, suspect: &str) {
    assert!(matches!(error, Error::NotAllWritten { .. }), "{error}");
    let text = error.to_string();
    for words in [&format!("0 rows were written to {table} "), suspect] {
        assert!(text.contains(words), "{words:?} is missing in {text}");
    }
}

#[tokio::test]
async fn trigger_that_keeps_out_new_rows_fails_the_merge() {
    for kind in FileKind::ALL {
        let database = TestDatabase::migrated();
        let table = cusip_postgres::table_of(kind);
        database.execute(&suppressing("insert or update", table));
        let error = merge_error(&database, &one_security("A"), kind).await;
        assert_names(&error, table, "the trigger guard");
    }
}

#[tokio::test]
async fn trigger_that_keeps_out_changes_fails_the_merge() {
    for kind in FileKind::ALL {
        let database = TestDatabase::migrated();
        one_security("A").load(&database.pool()).await;
        let table = cusip_postgres::table_of(kind);
        database.execute(&suppressing("update", table));
        let error = merge_error(&database, &one_security("B"), kind).await;
        assert_names(&error, table, "the trigger guard");
    }
}

#[tokio::test]
async fn rule_that_keeps_rows_out_fails_the_merge() {
    let database = TestDatabase::migrated();
    database.execute("create rule guard as on insert to issuer do instead nothing");
    let error = merge_error(&database, &one_security("A"), FileKind::Issuer).await;
    assert_names(&error, "issuer", "the rule guard");
}

#[tokio::test]
async fn trigger_that_keeps_rows_out_of_a_bulk_load_is_named() {
    let database = TestDatabase::migrated();
    database.execute(&suppressing("insert", "issuer"));
    let load = begin(&database.pool()).await;
    let sink = load.begin(LoadStrategy::Bulk, &FileKind::ALL).await;
    let mut sink = sink.unwrap().expect("the tables are empty");
    let copied = stage(&mut sink, &one_security("A").issuers).await;
    let checked = sink.check_copied(FileKind::Issuer, 1, copied).await;
    assert_names(&checked.unwrap_err(), "issuer", "the trigger guard");
}

#[tokio::test]
async fn trigger_that_keeps_out_a_code_is_named() {
    let database = TestDatabase::migrated();
    database.execute(&suppressing("insert", "ref_issuer_type"));
    let load = begin(&database.pool()).await;
    let mut sink = staging(&load).await;
    stage(&mut sink, &[issuer("037833", &[("issuer_type", "?")])]).await;
    let list = (CodeList::ALL.iter()).find(|list| list.name == "issuer_type");
    let list = list.expect("there are types of issuers");
    let entered = sink.register_codes(FileKind::Issuer, list, "new").await;
    assert_names(
        &entered.unwrap_err(),
        "ref_issuer_type",
        "the trigger guard",
    );
}

#[tokio::test]
async fn triggers_and_rules_that_let_rows_through_do_not_disturb_the_counts() {
    let database = TestDatabase::migrated();
    database.execute(
        "create table seen (number varchar(6));
         create rule audit as on insert to issuer do also insert into seen values (new.issuer_num);
         create function touch() returns trigger language plpgsql
             as $$ begin new.issuer_sort_key = 'SORTED'; return new; end $$;
         create trigger touch before insert or update on issuer for each row
             execute function touch()",
    );
    let load = begin(&database.pool()).await;
    let written = merge(&load, &one_security("A").issuers).await;
    let one_inserted = (written.inserted, written.updated, written.unchanged);
    assert_eq!(one_inserted, (1, 0, 0));
}

#[tokio::test]
async fn counts_do_not_need_the_servers_statistics() {
    let database = TestDatabase::migrated();
    let name = database.name();
    database.execute(&format!("alter database {name} set track_counts = off"));
    one_security("A").load(&database.pool()).await;
    let load = begin(&database.pool()).await;
    let written: Written = merge(&load, &one_security("B").issuers).await;
    let one_updated = (written.inserted, written.updated, written.unchanged);
    assert_eq!(one_updated, (0, 1, 0));
}
