//! Requests to cancel a statement, which go over a connection of their own.

use cusip_pif::FileKind;
use cusip_postgres::{ConnectOptions, Database, MigrationMode, RootCertificates, SslMode, Tls};
use cusip_test_support::{Authority, NetworkServer};
use tokio::task::yield_now;

use crate::day::{begin, begin_when_free, issuer, stage};
use crate::encryption::config_at;
use crate::wire::{CANCEL_REQUEST, SSL_REQUEST, Wire};

#[tokio::test]
async fn statement_of_an_encrypted_connection_is_cancelled_encrypted() {
    let server = NetworkServer::encrypted();
    let create = "create database cancelled";
    let superuser = server.superuser().await;
    superuser.batch_execute(create).await.unwrap();
    let wire = Wire::to(server.port()).await;
    let mut config = config_at(wire.port(), NetworkServer::USER);
    config.dbname("cancelled");
    let roots = RootCertificates::File(Authority::trusted().file().to_owned());
    let tls = Tls::load(SslMode::VerifyFull, Some(&roots)).unwrap();
    let database = Database::new(ConnectOptions::new(config).tls(tls));
    database.migrate(MigrationMode::Commit).await.unwrap();

    let mut obstacle = server.config(NetworkServer::USER);
    obstacle.dbname("cancelled");
    let (obstacle, connection) = obstacle.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut load = begin(&database).await;
    stage(&mut load, &[issuer("000001", &[])]).await;
    obstacle
        .batch_execute("begin; lock table issuer in exclusive mode")
        .await
        .unwrap();
    let merging = tokio::spawn(async move { load.merge(FileKind::Issuer).await });
    let waiting = "select from pg_locks where relation = 'issuer'::regclass and not granted";
    while obstacle.query(waiting, &[]).await.unwrap().is_empty() {
        yield_now().await;
    }
    let before = wire.sent().len();
    merging.abort();
    assert!(merging.await.unwrap_err().is_cancelled());
    // Without the request, the lock would not be free as long as the obstacle stands.
    begin_when_free(&database).await;

    let sent = wire.sent();
    assert!(sent.len() > before, "no connection was made to cancel");
    for sent in sent {
        assert!(sent.starts_with(&SSL_REQUEST), "a connection in plain text");
        let mut parts = sent.windows(CANCEL_REQUEST.len());
        assert!(
            !parts.any(|part| part == CANCEL_REQUEST),
            "a readable request"
        );
    }
}
