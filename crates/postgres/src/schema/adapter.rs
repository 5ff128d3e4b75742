//! Lets refinery run migrations inside a transaction that is already open.
//!
//! refinery's own driver commits after each migration. That would release the load lock and could
//! leave only some of the migrations applied.

use std::fmt;

use cusip_connect::Client;
use refinery::Migration;
use refinery_core::AsyncMigrate;
use refinery_core::traits::r#async::{AsyncQuery, AsyncTransaction};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The connection of an open transaction, which the caller commits or rolls back.
pub(super) struct MigrationTransaction<'c>(pub(super) &'c Client);

impl AsyncTransaction for MigrationTransaction<'_> {
    type Error = HistoryError;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        queries: T,
    ) -> Result<usize, HistoryError> {
        let mut count = 0;
        for query in queries {
            self.0.batch_execute(query).await?;
            count += 1;
        }
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for MigrationTransaction<'_> {
    async fn query<'a>(&'a mut self, query: &'a str) -> Result<Vec<Migration>, HistoryError> {
        let rows = self.0.query(query, &[]).await?;
        rows.iter().map(applied).collect()
    }
}

impl AsyncMigrate for MigrationTransaction<'_> {}

/// Reason why the history of applied migrations could not be read or written.
#[derive(Debug)]
pub(super) enum HistoryError {
    Statement(tokio_postgres::Error),
    Unreadable { version: i32 },
}

impl fmt::Display for HistoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement(error) => error.fmt(formatter),
            Self::Unreadable { version } => {
                write!(
                    formatter,
                    "the history row of migration {version} was not written by refinery"
                )
            }
        }
    }
}

impl std::error::Error for HistoryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Statement(error) => std::error::Error::source(error),
            Self::Unreadable { .. } => None,
        }
    }
}

impl From<tokio_postgres::Error> for HistoryError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Statement(error)
    }
}

fn applied(row: &tokio_postgres::Row) -> Result<Migration, HistoryError> {
    let version = row.try_get(0)?;
    let unreadable = || HistoryError::Unreadable { version };
    let applied_on: &str = row.try_get(2)?;
    let applied_on = OffsetDateTime::parse(applied_on, &Rfc3339).map_err(|_| unreadable())?;
    let checksum: &str = row.try_get(3)?;
    let checksum = checksum.parse().map_err(|_| unreadable())?;
    Ok(Migration::applied(
        version,
        row.try_get(1)?,
        applied_on,
        checksum,
    ))
}
