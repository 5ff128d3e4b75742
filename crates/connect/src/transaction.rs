//! A transaction that owns its connection.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::{CancelToken, Client, NoTls};

use crate::error::Error;
use crate::pool::{Pool, PooledClient};
use crate::tls::Tls;

const PATIENCE: Duration = Duration::from_secs(5);

/// A transaction with its connection, which ends in [`commit`](Self::commit) or is rolled back.
///
/// If it is dropped, the server is asked to cancel the statement that may still be running. The
/// connection closes instead of going back to its pool, which rolls the transaction back.
#[derive(Debug)]
pub struct Transaction {
    client: Option<PooledClient>,
    pool: Pool,
}

impl Transaction {
    /// Begins a transaction on its own connection.
    ///
    /// Each statement sees what was committed before it began (`read committed`), whatever the
    /// database's default.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`].
    pub async fn begin(pool: &Pool) -> Result<Self, Error> {
        let transaction = Self {
            client: Some(pool.client().await?),
            pool: pool.clone(),
        };
        let begin = "begin isolation level read committed";
        (transaction.client().batch_execute(begin).await)
            .map_err(|error| pool.statement("begin a transaction", error))?;
        Ok(transaction)
    }

    /// Returns the connection, on which every statement is part of the transaction.
    #[must_use]
    pub fn client(&self) -> &Client {
        self.client
            .as_ref()
            .expect("the connection leaves only with the transaction")
    }

    /// Commits.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] if the server does not confirm it.
    pub async fn commit(mut self) -> Result<(), Error> {
        (self.client().batch_execute("commit").await)
            .map_err(|error| self.pool.statement("commit the transaction", error))?;
        drop(self.client.take());
        Ok(())
    }

    /// Asks the server to cancel the statement that may still be running, then rolls back.
    pub async fn cancel(self) {
        cancel(self.client().cancel_token(), self.pool.tls().clone()).await;
        self.roll_back().await;
    }

    /// Rolls back and waits for it, so that the locks are free when this returns.
    ///
    /// The connection closes too. If it does not answer, this does not wait for it to close.
    pub async fn roll_back(mut self) {
        let rolled_back = timeout(PATIENCE, self.client().batch_execute("rollback")).await;
        if let Ok(Ok(())) = rolled_back {
            // No statement is still running that the drop would have to cancel.
            drop(self.client.take().map(PooledClient::detach));
        } else {
            tracing::debug!("the server did not respond to the rollback; closing the connection");
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        let client = client.detach();
        // The connection closes only when its last statement has been answered. That may take hours,
        // during which the transaction's locks would be held.
        if let Ok(runtime) = Handle::try_current() {
            let statement = client.cancel_token();
            runtime.spawn(cancel(statement, self.pool.tls().clone()));
        }
    }
}

/// Asks the server to cancel a statement, over a connection encrypted like the statement's.
async fn cancel(statement: CancelToken, tls: Tls) {
    // The token knows if its connection was in plain text, and then does not use the connector.
    let asked = match tls.connector() {
        Some(connector) => timeout(PATIENCE, statement.cancel_query(connector.clone())).await,
        None => timeout(PATIENCE, statement.cancel_query(NoTls)).await,
    };
    if !matches!(asked, Ok(Ok(()))) {
        tracing::debug!("could not cancel the statement; it will run to completion");
    }
}
