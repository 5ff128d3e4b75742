//! Copies records into a staging table or a master table.

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use crate::binary_copy::{FILE_END, FILE_START};
use crate::database::Database;
use crate::error::Error;

/// A copy into a table that is in progress.
pub struct CopyIn {
    database: Database,
    task: String,
    sink: Pin<Box<CopyInSink<Bytes>>>,
    /// What follows the last row.
    end: &'static [u8],
}

impl CopyIn {
    /// Starts a copy in the text format.
    pub(super) fn text(database: Database, task: String, sink: CopyInSink<Bytes>) -> Self {
        Self {
            database,
            task,
            sink: Box::pin(sink),
            end: &[],
        }
    }

    /// Starts a copy in the binary format.
    pub(super) async fn binary(
        database: Database,
        task: String,
        sink: CopyInSink<Bytes>,
    ) -> Result<Self, Error> {
        let mut copy = Self::text(database, task, sink);
        copy.send(Bytes::from_static(FILE_START)).await?;
        copy.end = FILE_END;
        Ok(copy)
    }

    /// Sends rows that a [`RowBuffer`](super::RowBuffer) gathered. Waits while the server is behind.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses or is gone.
    pub async fn send(&mut self, rows: Bytes) -> Result<(), Error> {
        (self.sink.send(rows).await)
            .map_err(|error| self.database.statement(self.task.as_str(), error))
    }

    /// Ends the copy, and returns how many rows the server received.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses or is gone.
    pub async fn finish(mut self) -> Result<u64, Error> {
        if !self.end.is_empty() {
            self.send(Bytes::from_static(self.end)).await?;
        }
        (self.sink.as_mut().finish().await)
            .map_err(|error| self.database.statement(self.task, error))
    }
}

impl fmt::Debug for CopyIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("CopyIn"))
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}
