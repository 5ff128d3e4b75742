//! Loads and migrations, one at a time.

use cusip_jobs::JobId;
use cusip_postgres::{Database, Error, MigrationMode};
use cusip_test_support::TestDatabase;

use crate::day::{begin, job};

/// The lock as the database's administrators see it: `CUSIPLD` and 1 in ASCII.
const LOCK: i64 = 0x43_55_53_49_50_4c_44_01;

/// Returns the running job that the errors of a load and a migration name.
async fn in_the_way(database: &Database) -> Option<JobId> {
    let errors = [
        database.begin_load(&job()).await.unwrap_err(),
        database.migrate(MigrationMode::Commit).await.unwrap_err(),
        database.migrate(MigrationMode::DryRun).await.unwrap_err(),
    ];
    let [first, second, third] = errors.map(|error| match error {
        Error::Busy { job, .. } => job.map(|job| job.id),
        other => panic!("not about the lock: {other}"),
    });
    assert_eq!((first, first), (second, third));
    first
}

#[tokio::test]
async fn second_load_and_migration_are_told_which_job_runs() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let load = begin(&pool).await;
    assert_eq!(in_the_way(&pool).await, Some(load.job()));
    assert_eq!(in_the_way(&database.pool()).await, Some(load.job()));

    let error = pool.begin_load(&job()).await.unwrap_err().to_string();
    assert!(
        error.contains(&format!("(job {}, started 20", load.job())),
        "{error}"
    );

    load.commit(&[]).await.unwrap();
    begin(&pool).await;
}

#[tokio::test]
async fn lock_of_a_migration_names_no_job() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let migration = database.client().await;
    migration
        .batch_execute(&format!("begin; select pg_advisory_xact_lock({LOCK})"))
        .await
        .unwrap();
    assert_eq!(in_the_way(&pool).await, None);
    migration.batch_execute("rollback").await.unwrap();
    begin(&pool).await;
}

#[tokio::test]
async fn migration_of_an_empty_database_is_busy_too() {
    let database = TestDatabase::empty();
    let migration = database.client().await;
    migration
        .batch_execute(&format!("begin; select pg_advisory_xact_lock({LOCK})"))
        .await
        .unwrap();
    let pool = database.pool();
    let error = pool.migrate(MigrationMode::Commit).await.unwrap_err();
    assert!(matches!(error, Error::Busy { job: None, .. }), "{error:?}");
    migration.batch_execute("commit").await.unwrap();
    pool.migrate(MigrationMode::Commit).await.unwrap();
}

#[tokio::test]
async fn databases_of_one_server_do_not_lock_each_other() {
    let one = begin(&TestDatabase::migrated().pool()).await;
    let other = begin(&TestDatabase::migrated().pool()).await;
    one.commit(&[]).await.unwrap();
    other.commit(&[]).await.unwrap();
}

#[tokio::test]
async fn refused_load_is_no_job() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let _load = begin(&pool).await;
    pool.begin_load(&job()).await.unwrap_err();
    assert_eq!(database.query("select count(*) from load_job"), [["1"]]);
}
