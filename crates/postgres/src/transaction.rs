//! A transaction that owns its connection.

use std::time::Duration;

use deadpool_postgres::Object;
use tokio::time::timeout;

use crate::database::Database;
use crate::error::Error;

const PATIENCE: Duration = Duration::from_secs(5);

/// A transaction with its connection, which ends in [`commit`](Self::commit) or not at all.
///
/// Dropped before, it takes its connection with it instead of giving it back to the pool: the server
/// rolls back when the connection closes, and nobody inherits a statement that still runs.
#[derive(Debug)]
pub(crate) struct OwnedTransaction {
    client: Option<Object>,
}

impl OwnedTransaction {
    pub(crate) async fn begin(database: &Database) -> Result<Self, Error> {
        let transaction = Self {
            client: Some(database.client().await?),
        };
        (transaction.client().batch_execute("begin").await)
            .map_err(|error| database.statement("begin a transaction", error))?;
        Ok(transaction)
    }

    pub(crate) fn client(&self) -> &Object {
        self.client
            .as_ref()
            .expect("the connection leaves only with the transaction")
    }

    pub(crate) async fn commit(mut self, database: &Database) -> Result<(), Error> {
        (self.client().batch_execute("commit").await)
            .map_err(|error| database.statement("commit the transaction", error))?;
        drop(self.client.take());
        Ok(())
    }

    /// Rolls back and waits for it, so that the locks are free when this returns.
    ///
    /// The connection goes too. One that does not answer is left to close by itself.
    pub(crate) async fn roll_back(self) {
        let rolled_back = timeout(PATIENCE, self.client().batch_execute("rollback")).await;
        if !matches!(rolled_back, Ok(Ok(()))) {
            tracing::debug!("the rollback was not answered; the connection is closed instead");
        }
    }
}

impl Drop for OwnedTransaction {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
