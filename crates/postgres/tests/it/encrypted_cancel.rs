//! Requests to cancel a statement, which go over a connection of their own.

use cusip_pif::FileKind;
use cusip_postgres::{
    ConnectOptions, Database, Load, MigrationMode, RootCertificates, SslMode, Tls,
};
use cusip_test_support::{Authority, NetworkServer};
use tokio::task::yield_now;
use tokio_postgres::{Client, NoTls};

use crate::day::{begin, begin_when_free, issuer, stage};
use crate::encryption::config_at;
use crate::wire::{CANCEL_REQUEST, SSL_REQUEST, Wire};

#[tokio::test]
async fn statement_of_a_dropped_load_is_cancelled_encrypted() {
    let wire = Wire::to(NetworkServer::encrypted().port()).await;
    let database = database(&wire, "dropped").await;
    let obstacle = obstacle("dropped").await;
    let before = wire.sent().len();
    drop(stuck_load(&database, &obstacle).await);
    begin_when_free(&database).await;
    assert_cancelled("dropped");
    assert_nothing_is_readable(&wire, before);
}

#[tokio::test]
async fn statement_of_a_cancelled_load_is_cancelled_encrypted() {
    let wire = Wire::to(NetworkServer::encrypted().port()).await;
    let database = database(&wire, "cancelled").await;
    let obstacle = obstacle("cancelled").await;
    let before = wire.sent().len();
    stuck_load(&database, &obstacle).await.cancel().await;
    begin(&database).await.roll_back().await;
    assert_cancelled("cancelled");
    assert_nothing_is_readable(&wire, before);
}

/// A new database that can be reached over this wire, encrypted and verified.
async fn database(wire: &Wire, name: &str) -> Database {
    let superuser = NetworkServer::encrypted().superuser().await;
    let create = format!("create database {name}");
    superuser.batch_execute(&create).await.unwrap();
    let mut config = config_at(wire.port(), NetworkServer::USER);
    config.dbname(name);
    let roots = RootCertificates::File(Authority::trusted().file().to_owned());
    let tls = Tls::load(SslMode::VerifyFull, Some(&roots)).unwrap();
    let database = Database::new(ConnectOptions::new(config).tls(tls));
    database.migrate(MigrationMode::Commit).await.unwrap();
    database
}

/// A session that lets nobody else write issuers.
async fn obstacle(name: &str) -> Client {
    let mut config = NetworkServer::encrypted().config(NetworkServer::USER);
    config.dbname(name);
    let (obstacle, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let lock = "begin; lock table issuer in exclusive mode";
    obstacle.batch_execute(lock).await.unwrap();
    obstacle
}

/// A load whose merge nobody waits for any more, but which waits for the obstacle.
async fn stuck_load(database: &Database, obstacle: &Client) -> Load {
    let mut load = begin(database).await;
    stage(&mut load, &[issuer("000001", &[])]).await;
    let waiting = "select from pg_locks where relation = 'issuer'::regclass and not granted";
    let waits = async {
        while obstacle.query(waiting, &[]).await.unwrap().is_empty() {
            yield_now().await;
        }
    };
    tokio::select! {
        merged = load.merge(FileKind::Issuer) => panic!("nothing was in the way: {merged:?}"),
        () = waits => {}
    }
    load
}

/// The server would notice by itself that its client is gone, but later and in other words.
fn assert_cancelled(name: &str) {
    let words = format!("{name} ERROR:  canceling statement due to user request");
    assert_eq!(NetworkServer::encrypted().times_logged(&words), 1);
}

fn assert_nothing_is_readable(wire: &Wire, connections: usize) {
    let sent = wire.sent();
    assert!(sent.len() > connections, "no connection was made to cancel");
    for sent in sent {
        assert!(sent.starts_with(&SSL_REQUEST), "a connection in plain text");
        let mut parts = sent.windows(CANCEL_REQUEST.len());
        assert!(
            !parts.any(|part| part == CANCEL_REQUEST),
            "a readable request"
        );
    }
}
