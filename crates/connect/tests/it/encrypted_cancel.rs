//! Requests to cancel a statement, which use their own connection.

use cusip_connect::{ConnectOptions, Pool, RootCertificates, SslMode, Tls, Transaction};
use cusip_test_support::{Authority, NetworkServer};
use tokio::task::yield_now;
use tokio_postgres::{Client, NoTls};

use crate::encryption::config_at;
use crate::wire::{CANCEL_REQUEST, SSL_REQUEST, Wire};

#[tokio::test]
async fn statement_of_a_dropped_transaction_is_canceled_encrypted() {
    let wire = Wire::to(NetworkServer::encrypted().port()).await;
    let pool = pool(&wire, "dropped").await;
    let obstacle = obstacle("dropped").await;
    let before = wire.sent().len();
    drop(stuck_transaction(&pool, &obstacle).await);
    while !is_free(&obstacle).await {
        yield_now().await;
    }
    assert_canceled("dropped");
    assert_nothing_is_readable(&wire, before);
}

#[tokio::test]
async fn statement_of_a_canceled_transaction_is_canceled_encrypted() {
    let wire = Wire::to(NetworkServer::encrypted().port()).await;
    let pool = pool(&wire, "canceled").await;
    let obstacle = obstacle("canceled").await;
    let before = wire.sent().len();
    stuck_transaction(&pool, &obstacle).await.cancel().await;
    assert!(is_free(&obstacle).await);
    assert_canceled("canceled");
    assert_nothing_is_readable(&wire, before);
}

/// Connects to a new database over this wire, encrypted and verified.
async fn pool(wire: &Wire, name: &str) -> Pool {
    let superuser = NetworkServer::encrypted().superuser().await;
    let create = format!("create database {name}");
    superuser.batch_execute(&create).await.unwrap();
    let mut config = config_at(wire.port(), NetworkServer::USER);
    config.dbname(name);
    let roots = RootCertificates::File(Authority::trusted().file().to_owned());
    let tls = Tls::load(SslMode::VerifyFull, Some(&roots)).unwrap();
    Pool::new(ConnectOptions::new(config).tls(tls))
}

/// A session that holds lock 1.
async fn obstacle(name: &str) -> Client {
    let mut config = NetworkServer::encrypted().config(NetworkServer::USER);
    config.dbname(name);
    let (obstacle, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let lock = "select pg_advisory_lock(1)";
    obstacle.batch_execute(lock).await.unwrap();
    obstacle
}

/// A transaction that holds lock 2, and whose last statement waits for lock 1 although its future
/// was dropped.
async fn stuck_transaction(pool: &Pool, obstacle: &Client) -> Transaction {
    let transaction = Transaction::begin(pool).await.unwrap();
    let client = transaction.client();
    let lock = "select pg_advisory_xact_lock(2)";
    client.batch_execute(lock).await.unwrap();
    let waiting = "select from pg_locks join pg_database on pg_database.oid = database
        where locktype = 'advisory' and not granted and datname = current_database()";
    let waits = async {
        while obstacle.query(waiting, &[]).await.unwrap().is_empty() {
            yield_now().await;
        }
    };
    tokio::select! {
        locked = client.batch_execute("select pg_advisory_xact_lock(1)") => {
            panic!("nothing was in the way: {locked:?}")
        }
        () = waits => {}
    }
    transaction
}

/// Returns whether lock 2 is free, which means that the transaction has ended.
async fn is_free(obstacle: &Client) -> bool {
    let taken = obstacle.query_one("select pg_try_advisory_xact_lock(2)", &[]);
    taken.await.unwrap().get(0)
}

/// The server would notice on its own that its client is gone, but later and with another message.
fn assert_canceled(name: &str) {
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
