//! Records whose parents are missing.

use std::fmt;
use std::pin::Pin;

use futures_util::TryStreamExt;
use tokio_postgres::{Row, RowStream};

use crate::database::Database;
use crate::error::Error;

/// A staged record whose parent is neither in the database nor among the load's accepted records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orphan {
    /// The record's line, from 1.
    pub line_number: u64,
    /// The offset of its first byte, from 0.
    pub byte_offset: u64,
    /// The key of the missing parent: issuer number, or issuer and issue number.
    pub parent_key: String,
    /// The record's line, if it was requested.
    pub line: Option<String>,
}

/// Whether orphans include their lines, which the database can only rebuild from values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrphanLines {
    /// Without lines: the file still has them as received.
    Omitted,
    /// With rebuilt lines: in UTF-8, dates as YYYY-MM-DD, without blanks around dates and numbers.
    Rebuilt,
}

/// The orphans of a kind in file order. Memory does not grow with their number.
pub struct Orphans {
    database: Database,
    task: String,
    rows: Option<Pin<Box<RowStream>>>,
}

impl Orphans {
    pub(super) const fn none(database: Database) -> Self {
        Self {
            database,
            task: String::new(),
            rows: None,
        }
    }

    pub(super) fn new(database: Database, task: String, rows: RowStream) -> Self {
        Self {
            database,
            task,
            rows: Some(Box::pin(rows)),
        }
    }

    /// Returns the next orphan. Take all of them before the load continues.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses or is gone.
    pub async fn next(&mut self) -> Result<Option<Orphan>, Error> {
        let Some(rows) = &mut self.rows else {
            return Ok(None);
        };
        let row = rows.try_next().await;
        let orphan = row.and_then(|row| row.as_ref().map(orphan).transpose());
        orphan.map_err(|error| self.database.statement(self.task.as_str(), error))
    }
}

impl fmt::Debug for Orphans {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("Orphans"))
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

fn orphan(row: &Row) -> Result<Orphan, tokio_postgres::Error> {
    Ok(Orphan {
        line_number: row.try_get::<_, i64>(0)?.cast_unsigned(),
        byte_offset: row.try_get::<_, i64>(1)?.cast_unsigned(),
        parent_key: row.try_get(2)?,
        line: row.try_get(3)?,
    })
}
