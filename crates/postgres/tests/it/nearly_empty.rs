//! Merges of many records into tables that hold few: indexes are built afterwards.

use cusip_pif::{Issue, Issuer};
use cusip_test_support::TestDatabase;

use crate::bulk_load::{OBSTACLES, as_role, structure};
use crate::day::{Day, begin, issue, issuer, merge};

/// Enough new rows to build indexes afterwards.
const MANY: u32 = 10_000;

fn named(number: u32, name: &str) -> Issuer {
    issuer(&format!("{number:06}"), &[("issuer_name_1", name)])
}

fn many_issuers() -> Vec<Issuer> {
    (0..MANY + 3).map(|number| named(number, "NEW")).collect()
}

/// Loads three issuers, one of which the many do not change.
async fn load_sample(database: &TestDatabase) {
    let day = Day {
        issuers: vec![named(0, "NEW"), named(1, "OLD"), named(999_999, "OLD")],
        issues: vec![issue("000000", "10", &[])],
        ..Day::default()
    };
    day.load(&database.pool()).await;
}

/// Returns the file of an index, which changes when the index is built.
fn index_file(database: &TestDatabase, index: &str) -> Vec<Vec<String>> {
    database.query(&format!("select pg_relation_filenode('{index}')"))
}

#[tokio::test]
async fn indexes_are_built_again_as_they_were() {
    let database = TestDatabase::migrated();
    database.execute(
        "comment on index issuer_pkey is 'The key''s index';
         comment on constraint issue_issuer_fkey on issue is 'To the issuer';
         create index \"Analyst's index\" on issuer (lower(issuer_name_1))",
    );
    load_sample(&database).await;
    let (before, file) = (
        structure(&database),
        index_file(&database, "issuer_search_idx"),
    );
    let untouched = || {
        database.query(
            "select xmin, ctid, first_job_id, last_job_id from issuer
             where issuer_num in ('000000', '999999') order by issuer_num",
        )
    };
    let unchanged = untouched();

    let load = begin(&database.pool()).await;
    let written = merge(&load, &many_issuers()).await;
    let counts = (written.inserted, written.updated, written.unchanged);
    assert_eq!(counts, (u64::from(MANY) + 1, 1, 1));
    let job = load.job().to_string();
    load.commit(&[]).await.unwrap();

    assert_eq!(structure(&database), before);
    assert_ne!(index_file(&database, "issuer_search_idx"), file);
    assert_eq!(untouched(), unchanged);
    let updated = "select issuer_name_1, last_job_id from issuer where issuer_num = '000001'";
    assert_eq!(database.query(updated), [["NEW", &job]]);
    let rows = database.query("select count(*) from issuer");
    assert_eq!(rows, [[(MANY + 4).to_string()]]);
}

#[tokio::test]
async fn few_new_rows_leave_the_indexes_alone() {
    let database = TestDatabase::migrated();
    load_sample(&database).await;
    let file = index_file(&database, "issuer_search_idx");
    let load = begin(&database.pool()).await;
    merge(&load, &many_issuers()[..100]).await;
    load.commit(&[]).await.unwrap();
    assert_eq!(index_file(&database, "issuer_search_idx"), file);
}

#[tokio::test]
async fn many_rows_are_inserted_whatever_is_defined_on_the_tables() {
    let records = many_issuers();
    for obstacle in OBSTACLES {
        let database = TestDatabase::migrated();
        load_sample(&database).await;
        database.execute(obstacle);
        let before = structure(&database);
        let load = begin(&database.pool()).await;
        let written = merge(&load, &records).await;
        assert_eq!(written.inserted, u64::from(MANY) + 1, "{obstacle}");
        load.commit(&[]).await.unwrap();
        assert_eq!(structure(&database), before, "{obstacle}");
    }
}

#[tokio::test]
async fn a_reader_keeps_the_indexes_where_they_are() {
    let database = TestDatabase::migrated();
    load_sample(&database).await;
    let file = index_file(&database, "issuer_search_idx");
    let reader = database.client().await;
    (reader.batch_execute("begin; select from issue").await).unwrap();
    let load = begin(&database.pool()).await;
    let written = merge(&load, &many_issuers()).await;
    assert_eq!(written.inserted, u64::from(MANY) + 1);
    load.commit(&[]).await.unwrap();
    assert_eq!(index_file(&database, "issuer_search_idx"), file);
}

#[tokio::test]
async fn role_that_does_not_own_the_tables_inserts_many_rows() {
    let database = TestDatabase::migrated();
    load_sample(&database).await;
    let role = format!("loader_{}", database.name());
    database.execute(&format!(
        "create role {role} login; grant all on all tables in schema public to {role}"
    ));
    let file = index_file(&database, "issuer_search_idx");
    let load = begin(&as_role(&database, &role)).await;
    let written = merge(&load, &many_issuers()).await;
    assert_eq!(written.inserted, u64::from(MANY) + 1);
    load.commit(&[]).await.unwrap();
    assert_eq!(index_file(&database, "issuer_search_idx"), file);
}

#[tokio::test]
async fn failed_load_leaves_indexes_and_rows_as_they_were() {
    let database = TestDatabase::migrated();
    load_sample(&database).await;
    let before = structure(&database);
    let load = begin(&database.pool()).await;
    merge(&load, &many_issuers()).await;
    let issues: Vec<Issue> = (0..MANY)
        .map(|number| issue(&format!("{number:06}"), "20", &[]))
        .collect();
    merge(&load, &issues).await;
    load.roll_back().await;
    assert_eq!(structure(&database), before);
    let rows = database.query("select (select count(*) from issuer), (select count(*) from issue)");
    assert_eq!(rows, [["3", "1"]]);
}
