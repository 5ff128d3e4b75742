//! The rows of a query, one by one.

use std::pin::Pin;

use cusip_connect::{Client, Parameter, Pool, PooledClient};
use futures_util::StreamExt as _;
use tokio_postgres::{Row, RowStream};

use crate::database::Database;
use crate::error::Error;

/// The rows of a query, one by one, so that memory does not grow with their number.
///
/// It holds a connection. If it is dropped before the last row, the server is asked to cancel the query, and
/// the connection closes.
pub(crate) struct StreamedRows {
    pool: Pool,
    client: Option<PooledClient>,
    rows: Pin<Box<RowStream>>,
    has_ended: bool,
}

impl StreamedRows {
    /// Runs a query. The errors are those of looking something up for this `task`.
    pub(crate) async fn of(
        database: &Database,
        task: &'static str,
        query: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Self, Error> {
        let client = database.client().await?;
        match client.query_stream(query, parameters).await {
            Ok(rows) => Ok(Self {
                pool: database.pool().clone(),
                client: Some(client),
                rows: Box::pin(rows),
                has_ended: false,
            }),
            Err(error) => Err(database.lookup_error(&client, task, error).await),
        }
    }

    /// Returns the next row, or `None` after the last one.
    pub(crate) async fn next(&mut self) -> Option<Result<Row, tokio_postgres::Error>> {
        let row = self.rows.next().await;
        self.has_ended |= !matches!(row, Some(Ok(_)));
        row
    }

    /// Returns the connection, to explain an error.
    pub(crate) fn client(&self) -> &Client {
        let client = self.client.as_ref();
        client.expect("the connection leaves only with the rows")
    }
}

impl Drop for StreamedRows {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| !self.has_ended) {
            client.abandon(&self.pool);
        }
    }
}
