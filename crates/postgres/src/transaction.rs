//! A transaction that owns its connection.

use std::time::Duration;

use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::{CancelToken, NoTls};

use crate::database::Database;
use crate::error::Error;
use crate::tls::Tls;

const PATIENCE: Duration = Duration::from_secs(5);

/// A transaction with its connection, which ends in [`commit`](Self::commit) or not at all.
///
/// Dropped before, it has the server cancel a statement that still runs, and takes its connection
/// with it instead of giving it back to the pool: the server rolls back when the connection closes,
/// and nobody inherits the statement.
#[derive(Debug)]
pub(crate) struct OwnedTransaction {
    client: Option<Object>,
    tls: Tls,
}

impl OwnedTransaction {
    pub(crate) async fn begin(database: &Database) -> Result<Self, Error> {
        let transaction = Self {
            client: Some(database.client().await?),
            tls: database.tls().clone(),
        };
        // With the first statement's snapshot for all of it, whatever the database's default, it
        // would not see what was committed before it had the load lock, nor its own job.
        let begin = "begin isolation level read committed";
        (transaction.client().batch_execute(begin).await)
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

    /// Has the server cancel the statement that may still run, then rolls back.
    pub(crate) async fn cancel(self) {
        cancel(self.client().cancel_token(), self.tls.clone()).await;
        self.roll_back().await;
    }

    /// Rolls back and waits for it, so that the locks are free when this returns.
    ///
    /// The connection goes too. One that does not answer is left to close by itself.
    pub(crate) async fn roll_back(mut self) {
        let rolled_back = timeout(PATIENCE, self.client().batch_execute("rollback")).await;
        if let Ok(Ok(())) = rolled_back {
            // Nothing runs any more that the drop would have to cancel.
            drop(self.client.take().map(Object::take));
        } else {
            tracing::debug!("the rollback was not answered; the connection is closed instead");
        }
    }
}

impl Drop for OwnedTransaction {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        let client = Object::take(client);
        // The connection closes only when its last statement has been answered, which may take hours
        // in which the load lock would not be free.
        if let Ok(runtime) = Handle::try_current() {
            let statement = client.cancel_token();
            runtime.spawn(cancel(statement, self.tls.clone()));
        }
    }
}

/// Asks the server to cancel a statement, over a connection that is encrypted as the statement's.
async fn cancel(statement: CancelToken, tls: Tls) {
    // The token knows whether its connection was in plain text, and then leaves the connector be.
    let asked = match tls.connector() {
        Some(connector) => timeout(PATIENCE, statement.cancel_query(connector.clone())).await,
        None => timeout(PATIENCE, statement.cancel_query(NoTls)).await,
    };
    if !matches!(asked, Ok(Ok(()))) {
        tracing::debug!("the statement could not be cancelled; it ends by itself");
    }
}
