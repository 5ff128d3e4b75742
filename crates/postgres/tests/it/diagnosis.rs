//! What a database tells before a load.

use std::time::Duration;

use cusip_postgres::{
    ConnectOptions, CredentialFuture, CredentialSource, Credentials, MigrationMode, Purpose,
};
use cusip_test_support::TestDatabase;
use tokio_postgres::Config;

use crate::day::{begin, job};

/// Knows the host, or nothing.
#[derive(Debug)]
struct Source(Option<&'static str>);

impl CredentialSource for Source {
    fn credentials(&self) -> CredentialFuture<'_> {
        Box::pin(async move {
            let host = self.0.ok_or("the secret is gone; put it back")?;
            Ok(Credentials::new().host(host).port(6432))
        })
    }
}

#[tokio::test]
async fn nothing_is_missing_for_whoever_has_migrated() {
    let database = TestDatabase::empty();
    let pool = database.pool();
    assert_eq!(pool.missing_privileges().await.unwrap(), []);
    pool.migrate(MigrationMode::Commit).await.unwrap();
    assert_eq!(pool.missing_privileges().await.unwrap(), []);
    let state = pool.server_state().await.unwrap();
    assert_eq!(state.database, database.name());
    assert_eq!(state.encoding, "UTF8");
    assert!(!state.is_replica && !state.is_read_only && state.hidden_schema.is_none());
    assert_eq!(state.limits, []);
    // Both clocks are this machine's.
    assert!(state.clock_ahead_seconds.abs() < Duration::from_secs(60).as_secs_f64());
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
        (Purpose::Fill, "function begin_filling(text[])", "execute"),
        (
            Purpose::Fill,
            "function restore_filled(text,text)",
            "execute",
        ),
        (Purpose::Fill, "function analyze_loaded(text)", "execute"),
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
    // Looking has not taken it.
    pool.begin_load(&job()).await.unwrap();
}

#[tokio::test]
async fn names_are_looked_up_where_the_credentials_have_them_lead() {
    let mut config = Config::new();
    config.host("db.cusip.invalid").port(5433);
    config.host("localhost");
    config.host_path("/run/cusip");
    let hosts = ConnectOptions::new(config.clone()).resolve().await.unwrap();
    assert_eq!(hosts[0].host, "db.cusip.invalid:5433");
    assert!(matches!(hosts[0].addresses, Some(Err(_))));
    assert_eq!(hosts[1].host, "localhost:5433");
    assert_eq!(hosts[2].host, "/run/cusip");
    let local = hosts.iter().map(|host| host.is_local());
    assert_eq!(local.collect::<Vec<_>>(), [false, true, true]);

    let source = std::sync::Arc::new(Source(Some("192.0.2.1")));
    let options = ConnectOptions::new(config.clone()).credentials(source);
    options.check_credentials().await.unwrap();
    let hosts = options.resolve().await.unwrap();
    assert_eq!(hosts.len(), 1);
    assert_eq!(hosts[0].host, "192.0.2.1:6432");
    assert!(!hosts[0].is_local());

    let source = std::sync::Arc::new(Source(None));
    let options = ConnectOptions::new(config).credentials(source);
    let error = options.check_credentials().await.unwrap_err();
    assert_eq!(error.to_string(), "the secret is gone; put it back");
    options.resolve().await.unwrap_err();
}
