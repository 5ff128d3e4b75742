//! Notifications of loads.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use cusip_test_support::TestDatabase;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, NoTls};

use crate::day::{Day, begin, issuer, merge};

/// Listens for loads. Notifications arrive in the order of commits.
async fn listen(database: &TestDatabase) -> (Client, UnboundedReceiver<String>) {
    let (client, mut connection) = database.config().connect(NoTls).await.unwrap();
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) =
            poll_fn(|context| pin!(&mut connection).poll_message(context)).await
        {
            if let AsyncMessage::Notification(notification) = message {
                let _ = sender.send(notification.payload().to_owned());
            }
        }
    });
    client.batch_execute("listen cusip_loaded").await.unwrap();
    (client, receiver)
}

#[tokio::test]
async fn listeners_get_the_number_of_each_load_that_loaded_a_file() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    let (client, mut received) = listen(&database).await;
    let records = Day {
        issuers: vec![issuer("037833", &[])],
        ..Day::default()
    };
    let first = records.load_as(&pool, "2024-01-15").await;
    // Neither a load that is rolled back nor one whose files were all known.
    let load = begin(&pool).await;
    merge(&load, &records.issuers).await;
    load.roll_back().await;
    begin(&pool).await.commit(&[]).await.unwrap();
    let second = records.load_as(&pool, "2024-01-16").await;
    client
        .batch_execute("notify cusip_loaded, 'end'")
        .await
        .unwrap();
    for expected in [first.to_string(), second.to_string(), "end".to_owned()] {
        let next = timeout(Duration::from_secs(60), received.recv()).await;
        assert_eq!(next.unwrap(), Some(expected));
    }
}
