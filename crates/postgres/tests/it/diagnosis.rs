//! What a database reports before a load.

use cusip_postgres::{MigrationMode, Purpose};
use cusip_test_support::TestDatabase;

use crate::day::{begin, job};

#[tokio::test]
async fn role_that_migrated_lacks_no_privileges() {
    let database = TestDatabase::empty();
    let pool = database.pool();
    assert_eq!(pool.missing_privileges().await.unwrap(), []);
    pool.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(pool.missing_privileges().await.unwrap(), []);
    pool.check_schema().await.unwrap();
}

#[tokio::test]
async fn grants_quote_names_that_need_it() {
    let database = TestDatabase::migrated();
    let role = format!("Ada \"{}\"", database.name());
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    database.execute(&format!(
        "create role {quoted} login; grant all on all tables in schema public to {quoted};
         revoke update on issuer, load_file from {quoted}; revoke select on v_issue from {quoted}"
    ));
    let mut config = database.config();
    config.user(&role);
    let pool = cusip_postgres::Database::new(config);
    let missing = pool.missing_privileges().await.unwrap();
    let told: Vec<_> = (missing.iter())
        .map(|missing| (missing.purpose, &*missing.object, &*missing.privileges))
        .collect();
    let expected = [
        (Purpose::Load, "issuer", "update"),
        (Purpose::Load, "load_file", "update"),
        (Purpose::Read, "v_issue", "select"),
    ];
    assert_eq!(told, expected);
    for missing in &missing {
        database.execute(&missing.statement);
    }
    assert_eq!(pool.missing_privileges().await.unwrap(), []);
}

#[tokio::test]
async fn lock_tells_the_job_that_has_it_and_those_that_died() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let free = pool.load_lock().await.unwrap();
    assert!(!free.is_held && free.job.is_none() && free.dead.is_empty());
    let load = begin(&pool).await;
    let held = pool.load_lock().await.unwrap();
    assert!(held.is_held && held.dead.is_empty());
    assert_eq!(held.job.unwrap().id, load.job());
    let job_id = load.job();
    load.roll_back().await;
    let left = pool.load_lock().await.unwrap();
    assert!(!left.is_held);
    assert_eq!(left.dead, [job_id]);
    // Looking at the lock has not taken it.
    pool.begin_load(&job()).await.unwrap();
}
