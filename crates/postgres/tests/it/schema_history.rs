//! Databases whose schema is another program's, or another version's.

use cusip_postgres::{Database, Error, MigrationMode};
use cusip_test_support::TestDatabase;

use crate::day::job;

/// What each way of meeting the schema says, which is the same.
async fn difference(database: &Database) -> String {
    let errors = [
        database.check_schema().await.unwrap_err(),
        database.migrations().await.unwrap_err(),
        database.migrate(MigrationMode::Commit).await.unwrap_err(),
        database.migrate(MigrationMode::DryRun).await.unwrap_err(),
        database.begin_load(&job()).await.unwrap_err(),
    ];
    // Look-ups go on as long as the views are there: a reader need not wait for an upgrade.
    assert_eq!(database.search("apple", 1).await.unwrap(), []);
    let mut differences = errors.map(|error| match error {
        Error::SchemaDiffers { difference, .. } => difference,
        other => panic!("not about the schema: {other}"),
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
    let expected = "it has the migration V1000__later, which this program does not know";
    assert_eq!(found, expected);
}

#[tokio::test]
async fn edited_migration_is_named() {
    let database = TestDatabase::migrated();
    database.execute("update refinery_schema_history set checksum = '1' where version = 2");
    let found = difference(&database.pool()).await;
    let expected = "its migration V2__master_tables has another text than this program's";
    assert_eq!(found, expected);
}

#[tokio::test]
async fn renamed_migration_is_named() {
    let database = TestDatabase::migrated();
    database.execute("update refinery_schema_history set name = 'other' where version = 2");
    let found = difference(&database.pool()).await;
    let expected = "its migration V2__other is not this program's V2__master_tables";
    assert_eq!(found, expected);
}

#[tokio::test]
async fn skipped_migration_is_named() {
    let database = TestDatabase::migrated();
    database.execute("delete from refinery_schema_history where version = 2");
    let found = difference(&database.pool()).await;
    let expected = "it lacks the migration V2__master_tables and has later ones";
    assert_eq!(found, expected);
}

#[tokio::test]
async fn schema_that_lacks_the_newest_migrations_is_brought_up_to_date() {
    let database = TestDatabase::migrated();
    database.execute(
        "alter table load_job drop column phase, drop column phase_kind, drop column bytes_total,
             drop column progress_at, drop column cancel_requested_at;
         drop function begin_filling, restore_filled, analyze_loaded;
         drop table load_filling; drop function refuse_unfinished_filling, refuse_others_filling;
         delete from refinery_schema_history where version >= 9",
    );
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
    let applied = pool
        .migrate(MigrationMode::Commit)
        .await
        .unwrap()
        .migrations;
    assert_eq!(applied.len(), due.len());
    assert_eq!(applied[0].version, 9);
    pool.check_schema().await.unwrap();
}
