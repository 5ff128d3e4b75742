//! Takes connections out of the pool, and checks the servers that they reach.

use std::time::Duration;

use deadpool::managed::Object;
use tokio::time::timeout;
use tokio_postgres::SimpleQueryMessage;

use super::{Pool, PooledClient, first_row};
use crate::connect::POOLER_TIMEOUT;
use crate::error::Error;
use crate::transaction::ON_PRIMARY;

const MINIMUM_VERSION: u32 = 15;

/// Asks for the server's version, and whether it is read-only.
const STATE: &str =
    "select current_setting('server_version_num'), current_setting('transaction_read_only')";

/// How long a connection that was used before may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(5);

impl Pool {
    /// Takes a connection out of the pool, after checking that the server answers and is new enough.
    ///
    /// A connection that was used before is used again only if it answers and accepts writes. So the
    /// pool follows the host's name to another server after a failover.
    ///
    /// # Errors
    ///
    /// Same as [`check_server`](Self::check_server).
    pub async fn client(&self) -> Result<PooledClient, Error> {
        let ask = format!("{ON_PRIMARY} {STATE}");
        loop {
            let client = (self.connections.get().await).map_err(|error| self.pool_error(error))?;
            let is_used = Object::metrics(&client).recycle_count > 0;
            let client = PooledClient(client);
            let wait = match is_used {
                true => ANSWER_TIME.min(self.limits.wait),
                false => self.limits.wait,
            };
            // A pooler accepts connections while all of its own to the server are in use.
            let error = match timeout(wait, client.simple_query(&ask)).await {
                Ok(Ok(messages)) if is_used && is_read_only(&messages) => None,
                Ok(Ok(messages)) => return self.check_version(client, &messages),
                Ok(Err(error)) => Some(match error.as_db_error() {
                    Some(message) if message.message() == POOLER_TIMEOUT => self.silent(),
                    _ => self.statement("ask for the server's version", error),
                }),
                Err(_) => Some(self.silent()),
            };
            drop(client.detach());
            match error {
                Some(error) if !is_used => return Err(error),
                // The other connections are just as old.
                _ => self.replace_connections(),
            }
        }
    }

    /// Checks that the server accepts writes.
    ///
    /// # Errors
    ///
    /// Same as [`check_server`](Self::check_server), and [`Error::ReadOnly`] if it does not.
    pub async fn check_writable(&self) -> Result<(), Error> {
        let task = "write";
        let client = self.client().await?;
        let ask = format!("{ON_PRIMARY} {STATE}");
        let messages =
            (client.simple_query(&ask).await).map_err(|error| self.statement(task, error))?;
        match is_read_only(&messages) {
            true => Err(self.read_only(task, "transactions are read-only")),
            false => Ok(()),
        }
    }

    /// Closes the connections of this pool, and of those that were made from the same one, as soon as
    /// each is free. New ones resolve the host's name again, so they reach the new server after a
    /// failover.
    pub fn replace_connections(&self) {
        self.outdated.set_now();
    }

    fn check_version(
        &self,
        client: PooledClient,
        messages: &[SimpleQueryMessage],
    ) -> Result<PooledClient, Error> {
        let number = first_row(messages).and_then(|row| row.get(0));
        let number = number.and_then(|number| number.parse::<u32>().ok());
        let number = number.unwrap_or_default();
        if number / 10_000 < MINIMUM_VERSION {
            return Err(Error::ServerTooOld {
                place: self.place().to_owned(),
                version: format!("{}.{}", number / 10_000, number % 10_000),
                minimum: MINIMUM_VERSION,
            });
        }
        Ok(client)
    }
}

/// Returns whether a server's answer to [`STATE`] says that it accepts no writes.
fn is_read_only(messages: &[SimpleQueryMessage]) -> bool {
    // A server that is too old need not answer all of it.
    let row = first_row(messages).filter(|row| row.len() > 1);
    row.and_then(|row| row.get(1)) == Some("on")
}
