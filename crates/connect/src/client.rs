//! A connection that runs each statement on its own, so that it works behind transaction poolers.

use std::fmt;

use tokio_postgres::types::ToSql;
use tokio_postgres::types::Type;
use tokio_postgres::{CancelToken, Row, RowStream, SimpleQueryMessage};

use crate::parameter::Parameter;

/// A connection that runs each statement on its own, so that it works behind transaction poolers.
///
/// A pooler in transaction mode may run each transaction on another connection to the server. So
/// nothing may outlive a transaction: no setting, no temporary table and no prepared statement. A
/// prepared statement would be missing on the next connection, or its name would be taken there by
/// another client. Here a statement is parsed, bound and run in one message, without a name.
///
/// `COPY` needs a [`Transaction`](crate::Transaction).
pub struct Client(tokio_postgres::Client);

impl Client {
    pub(crate) const fn new(client: tokio_postgres::Client) -> Self {
        Self(client)
    }

    /// Runs a query and returns its rows.
    ///
    /// # Errors
    ///
    /// The server's or the driver's.
    pub async fn query(
        &self,
        statement: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.0.query_typed(statement, &typed(parameters)).await
    }

    /// Runs a query that returns exactly one row.
    ///
    /// # Errors
    ///
    /// Same as [`query`](Self::query), and if it returns more or fewer rows.
    pub async fn query_one(
        &self,
        statement: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Row, tokio_postgres::Error> {
        self.0.query_typed_one(statement, &typed(parameters)).await
    }

    /// Runs a query that returns at most one row.
    ///
    /// # Errors
    ///
    /// Same as [`query`](Self::query), and if it returns more rows.
    pub async fn query_opt(
        &self,
        statement: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Option<Row>, tokio_postgres::Error> {
        self.0.query_typed_opt(statement, &typed(parameters)).await
    }

    /// Runs a query and returns its rows one by one.
    ///
    /// # Errors
    ///
    /// Same as [`query`](Self::query).
    pub async fn query_stream(
        &self,
        statement: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<RowStream, tokio_postgres::Error> {
        self.0.query_typed_raw(statement, typed(parameters)).await
    }

    /// Runs a statement and returns how many rows it wrote.
    ///
    /// # Errors
    ///
    /// Same as [`query`](Self::query).
    pub async fn execute(
        &self,
        statement: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<u64, tokio_postgres::Error> {
        self.0.execute_typed(statement, &typed(parameters)).await
    }

    /// Runs statements without parameters, separated by semicolons.
    ///
    /// # Errors
    ///
    /// Same as [`query`](Self::query).
    pub async fn batch_execute(&self, statements: &str) -> Result<(), tokio_postgres::Error> {
        self.0.batch_execute(statements).await
    }

    /// Runs statements without parameters, separated by semicolons, and returns all values as text.
    ///
    /// # Errors
    ///
    /// Same as [`query`](Self::query).
    pub async fn simple_query(
        &self,
        statements: &str,
    ) -> Result<Vec<SimpleQueryMessage>, tokio_postgres::Error> {
        self.0.simple_query(statements).await
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    pub(crate) fn cancel_token(&self) -> CancelToken {
        self.0.cancel_token()
    }

    /// Returns the driver's connection, which also runs prepared statements.
    pub(crate) const fn driver(&self) -> &tokio_postgres::Client {
        &self.0
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").finish_non_exhaustive()
    }
}

fn typed<'a>(parameters: &[&'a dyn Parameter]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    (parameters.iter())
        .map(|parameter| (*parameter as &(dyn ToSql + Sync), parameter.data_type()))
        .collect()
}
