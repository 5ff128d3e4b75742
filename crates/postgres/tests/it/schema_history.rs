//! Databases that another version of the program has migrated.

use cusip_postgres::{Database, Error, MigrationMode};
use cusip_test_support::TestDatabase;

use crate::day::job;

/// Returns the difference that each operation reports, which must be the same.
async fn difference(database: &Database) -> String {
    let errors = [
        database.check_schema().await.unwrap_err(),
        database.migrations().await.unwrap_err(),
        database.migrate(MigrationMode::Commit).await.unwrap_err(),
        database.migrate(MigrationMode::DryRun).await.unwrap_err(),
        database.begin_load(&job()).await.unwrap_err(),
    ];
    // Look-ups keep working while the views exist, so readers need not wait for an upgrade.
    assert_eq!(database.search("apple", 1).await.unwrap(), []);
    let mut differences = errors.map(|error| match error {
        Error::SchemaDiffers { difference, .. } => difference,
        other => panic!("an unexpected error: {other}"),
    });
    differences.sort_unstable();
    assert_eq!(differences.first(), differences.last());
    differences.into_iter().next().unwrap()
}

#[tokio::test]
async fn newer_migration_is_named() {
    let database = TestDatabase::migrated();
    database.execute(
        "insert into refinery_schema_history (version, name, applied_on, checksum)
         values (1000, 'later', '2026-01-01T00:00:00Z', '1')",
    );
    let found = difference(&database.pool()).await;
    let expected = "migration V1000__later was applied, but this program does not include it";
    assert_eq!(found, expected);
}

#[tokio::test]
async fn edited_migration_is_named() {
    let database = TestDatabase::migrated();
    database.execute("update refinery_schema_history set checksum = '1' where version = 2");
    let found = difference(&database.pool()).await;
    let expected = "migration V2__master_tables was edited after it was applied";
    assert_eq!(found, expected);
}

#[tokio::test]
async fn renamed_migration_is_named() {
    let database = TestDatabase::migrated();
    database.execute("update refinery_schema_history set name = 'other' where version = 2");
    let found = difference(&database.pool()).await;
    let expected = "migration V2__other was applied, but here it is V2__master_tables";
    assert_eq!(found, expected);
}

#[tokio::test]
async fn database_with_the_migrations_before_the_squash_must_be_recreated() {
    let database = TestDatabase::migrated();
    database.execute(
        "update refinery_schema_history set name = 'load_ledger', checksum = '1' where version = 3",
    );
    let error = database
        .pool()
        .check_schema()
        .await
        .unwrap_err()
        .to_string();
    let expected = "migration V3__load_ledger was applied, but here it is V3__job_log; use the version \
        of the program that migrated it or a newer one, or recreate the database";
    assert!(error.ends_with(expected), "{error}");
}

#[tokio::test]
async fn skipped_migration_is_named() {
    let database = TestDatabase::migrated();
    database.execute("delete from refinery_schema_history where version = 2");
    let found = difference(&database.pool()).await;
    let expected = "migration V2__master_tables is missing, but later ones were applied";
    assert_eq!(found, expected);
}

/// Makes a database one of the release before the history.
pub(crate) const WITHOUT_HISTORY: &str =
    "drop table issuer_history, issue_history, issue_attribute_history cascade;
     drop view v_load cascade;
     drop function keep_replaced_versions, keep_deleted_versions, raise_no_state, is_as_of, changed_fields,
         look_up_securities cascade;
     delete from refinery_schema_history where version >= 8";

#[tokio::test]
async fn database_that_lacks_the_newest_migrations_gets_only_those() {
    let database = TestDatabase::migrated();
    database.execute(WITHOUT_HISTORY);
    let pool = database.pool();
    let known = pool.migrations().await.unwrap();
    let due: Vec<_> = known
        .iter()
        .filter(|migration| !migration.applied)
        .collect();
    let error = pool.check_schema().await.unwrap_err();
    assert!(
        matches!(error, Error::NotMigrated { pending, .. } if pending == due.len()),
        "{error}"
    );
    let applied = pool.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(applied.len(), due.len());
    assert_eq!(applied[0].version, 8);
    pool.check_schema().await.unwrap();
}
