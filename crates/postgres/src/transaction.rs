//! A transaction that owns its connection.

use deadpool_postgres::Object;

use crate::database::Database;
use crate::error::Error;

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
}

impl Drop for OwnedTransaction {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
