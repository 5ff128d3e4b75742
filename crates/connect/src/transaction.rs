//! A transaction that owns its connection.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::time::timeout;
use tokio_postgres::{CopyInSink, CopyOutStream};

use crate::client::Client;
use crate::error::Error;
use crate::pool::{Pool, PooledClient};

const PATIENCE: Duration = Duration::from_secs(5);

/// Part of PgBouncer's message when a transaction begins in statement mode.
const STATEMENT_POOLING: &str = "statement pooling";

/// Tells pgpool to run even read-only statements on the primary.
pub(crate) const ON_PRIMARY: &str = "/*NO LOAD BALANCE*/";

/// Frees the names that the driver gives to prepared statements.
///
/// It needs a prepared statement for `COPY`. Behind a transaction pooler, another client may have
/// left one of that name on the connection to the server. We leave none: the driver closes the
/// statement right after the copy, within the transaction.
const FREE_NAMES: &str = "do $$
    declare taken text;
    begin
        for taken in select name from pg_prepared_statements where name ~ '^s[0-9]+$' loop
            execute format('deallocate %I', taken);
        end loop;
    end $$";

/// Identifies the server that runs a transaction, by the time at which the server started. A standby
/// has the same name, database and system identifier as its primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerId(SystemTime);

/// Makes the server end the transaction if it gets no statement for 60 s: the program has been stopped,
/// or hangs, and would keep its locks. A shorter limit of the role or the database applies.
const LIMIT_IDLE_TIME: &str =
    "select set_config('idle_in_transaction_session_timeout', '60s', true)
    where current_setting('idle_in_transaction_session_timeout')::interval
        not between interval '1ms' and interval '60s'";

/// A transaction and its connection. It ends with [`commit`](Self::commit) or is rolled back.
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
    /// database's default. The server ends the session if it is idle for 60 s, or for
    /// `idle_in_transaction_session_timeout` if that is shorter.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`].
    pub async fn begin(pool: &Pool) -> Result<Self, Error> {
        Self::begin_with(pool, "begin isolation level read committed").await
    }

    /// Begins a transaction that only reads, on its own connection.
    ///
    /// All its statements see what was committed before the first one began (`repeatable read`). A
    /// standby will do. The session may be idle as long as that of [`begin`](Self::begin).
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`].
    pub async fn begin_snapshot(pool: &Pool) -> Result<Self, Error> {
        Self::begin_with(pool, "begin isolation level repeatable read, read only").await
    }

    async fn begin_with(pool: &Pool, begin: &str) -> Result<Self, Error> {
        let transaction = Self {
            client: Some(pool.client().await?),
            pool: pool.clone(),
        };
        match transaction.client().batch_execute(begin).await {
            Ok(()) => {}
            Err(error) => {
                return Err(match error.as_db_error() {
                    Some(message) if message.message().contains(STATEMENT_POOLING) => {
                        Error::StatementPooling {
                            place: pool.place().to_owned(),
                            source: Box::new(message.clone()),
                        }
                    }
                    _ => pool.statement("begin a transaction", error),
                });
            }
        }
        let limit = format!("{ON_PRIMARY} {LIMIT_IDLE_TIME}");
        (transaction.client().batch_execute(&limit).await)
            .map_err(|error| pool.statement("limit the idle time of a transaction", error))?;
        Ok(transaction)
    }

    /// Returns which server runs the transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] if it does not answer.
    pub async fn server(&self) -> Result<ServerId, Error> {
        let started = format!("{ON_PRIMARY} select pg_postmaster_start_time()");
        let row = self.client().query_one(&started, &[]).await;
        row.and_then(|row| row.try_get(0).map(ServerId))
            .map_err(|error| self.pool.statement("ask which server answers", error))
    }

    /// Checks that this server runs the transaction.
    ///
    /// # Errors
    ///
    /// [`Error::OtherServer`] if another one does; otherwise same as [`server`](Self::server).
    pub async fn check_server(&self, expected: ServerId) -> Result<(), Error> {
        if self.server().await? == expected {
            return Ok(());
        }
        Err(Error::OtherServer {
            place: self.pool.place().to_owned(),
        })
    }

    /// Returns the connection, on which every statement is part of the transaction.
    #[must_use]
    pub fn client(&self) -> &Client {
        self.client
            .as_ref()
            .expect("the connection leaves only with the transaction")
    }

    /// Starts to copy rows to the server with a `COPY … FROM STDIN` statement.
    ///
    /// # Errors
    ///
    /// The server's or the driver's.
    pub async fn copy_in(
        &self,
        statement: &str,
    ) -> Result<CopyInSink<Bytes>, tokio_postgres::Error> {
        self.client().batch_execute(FREE_NAMES).await?;
        self.client().driver().copy_in(statement).await
    }

    /// Starts to copy rows from the server with a `COPY … TO STDOUT` statement.
    ///
    /// # Errors
    ///
    /// The server's or the driver's.
    pub async fn copy_out(&self, statement: &str) -> Result<CopyOutStream, tokio_postgres::Error> {
        self.client().batch_execute(FREE_NAMES).await?;
        let statement = format!("{ON_PRIMARY} {statement}");
        self.client().driver().copy_out(&statement).await
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
        if let Some(client) = &self.client {
            client.cancel_request(self.pool.tls()).send().await;
        }
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

impl Pool {
    /// Begins several transactions at once, and checks that they reach the same server.
    ///
    /// A pooler may accept more connections than it has to the server.
    ///
    /// # Errors
    ///
    /// Same as [`Transaction::begin`] and [`Transaction::check_server`].
    pub async fn check_transactions(&self, number: usize) -> Result<(), Error> {
        let first = Transaction::begin(self).await?;
        let server = first.server().await?;
        let mut transactions = vec![first];
        let begin_others = async {
            while transactions.len() < number {
                transactions.push(Transaction::begin(self).await?);
            }
            for transaction in &transactions {
                transaction.check_server(server).await?;
            }
            Ok(())
        };
        let begun = begin_others.await;
        for transaction in transactions {
            transaction.commit().await?;
        }
        begun
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        client.abandon(&self.pool);
    }
}
