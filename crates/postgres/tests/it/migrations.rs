//! Migrations of an empty database, of a current one, and those that fail.

use cusip_postgres::{Database, Error, MigrationMode, SchemaMigration};
use cusip_test_support::TestDatabase;

const RELATIONS: &str = "select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') order by relname";

fn names(migrations: &[SchemaMigration]) -> Vec<&str> {
    migrations
        .iter()
        .map(|migration| migration.name.as_str())
        .collect()
}

/// Returns the message of an error and of each of its sources.
pub(crate) fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts
}

#[tokio::test]
async fn empty_database_gets_all_migrations_and_a_current_one_gets_none() {
    let database = TestDatabase::empty().pool();
    let before = database.migrations().await.unwrap();
    assert!(before.len() >= 5);
    assert!(before.iter().all(|migration| !migration.applied));
    let versions = before.iter().map(|migration| migration.version);
    assert!(versions.eq(1..=before.len() as i32));

    let applied = database.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(names(&applied), names(&before));
    assert!(applied.iter().all(|migration| migration.applied));

    let after = database.migrations().await.unwrap();
    assert_eq!(after, applied);
    database.check_schema().await.unwrap();
    let again = database.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(again, []);
    database.check_schema().await.unwrap();
}

#[tokio::test]
async fn check_of_an_empty_database_counts_the_pending_migrations() {
    let database = TestDatabase::empty().pool();
    let all = database.migrations().await.unwrap().len();
    let error = database.check_schema().await.unwrap_err();
    let Error::NotMigrated { pending, known, .. } = error else {
        panic!("an unexpected error: {error}");
    };
    assert_eq!((pending, known), (all, all));
}

#[tokio::test]
async fn dry_run_leaves_nothing_behind() {
    let database = TestDatabase::empty();
    let pool = database.pool();
    let tried = pool.migrate(MigrationMode::DryRun).await.unwrap();
    assert_eq!(tried, pool.migrations().await.unwrap());
    assert!(database.query(RELATIONS).is_empty());

    let applied = pool.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(names(&applied), names(&tried));
}

#[tokio::test]
async fn dry_run_releases_the_lock_when_it_ends() {
    let database = TestDatabase::empty().pool();
    for _ in 0..20 {
        database.migrate(MigrationMode::DryRun).await.unwrap();
    }
}

#[tokio::test]
async fn failing_migration_is_named_and_rolls_everything_back() {
    let database = TestDatabase::empty();
    database.execute("create table load_job ()");
    let pool = database.pool();
    let error = pool.migrate(MigrationMode::Commit).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Connection(cusip_connect::Error::Statement { .. })
        ),
        "{error:?}"
    );
    let expected = [
        format!(
            "cannot apply the migration V3__job_log in the database {}",
            pool.place()
        ),
        "ERROR: relation \"load_job\" already exists".to_owned(),
    ];
    assert_eq!(chain(&error), expected);
    assert_eq!(database.query(RELATIONS), [["load_job"]]);

    database.execute("drop table load_job");
    pool.migrate(MigrationMode::Commit).await.unwrap();
    pool.check_schema().await.unwrap();
}

#[tokio::test]
async fn role_that_cannot_create_tables_gets_permission_denied() {
    let database = TestDatabase::empty();
    database.execute("create role visitor login");
    let mut config = database.config();
    config.user("visitor");
    let visitor = Database::new(config);
    let error = visitor.migrate(MigrationMode::Commit).await.unwrap_err();
    let expected = [
        format!(
            "cannot create the schema's history in the database {}",
            visitor.place()
        ),
        "ERROR: permission denied for schema public".to_owned(),
    ];
    assert_eq!(chain(&error), expected);

    database
        .pool()
        .migrate(MigrationMode::Commit)
        .await
        .unwrap();
    let error = visitor.check_schema().await.unwrap_err();
    let expected = [
        format!(
            "cannot read the schema's history in the database {}",
            visitor.place()
        ),
        "ERROR: permission denied for table refinery_schema_history".to_owned(),
    ];
    assert_eq!(chain(&error), expected);
}

#[tokio::test]
async fn two_migrations_at_once_apply_everything_only_once() {
    for round in 1..=20 {
        let database = TestDatabase::empty();
        let migrate = || {
            let pool = database.pool();
            tokio::spawn(async move { pool.migrate(MigrationMode::Commit).await })
        };
        let outcomes = [migrate(), migrate()];
        let mut applied = Vec::new();
        for outcome in outcomes {
            match outcome.await.unwrap() {
                Ok(migrations) => applied.push(migrations.len()),
                Err(Error::Busy { job: None, .. }) => applied.push(0),
                Err(error) => panic!("round {round}: {:?}", chain(&error)),
            }
        }
        applied.sort_unstable();
        let all = database.pool().migrations().await.unwrap().len();
        assert_eq!(applied, [0, all], "round {round}");
        database.pool().check_schema().await.unwrap();
    }
}
