//! The rows of a master table, to compare a file with.

use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use cusip_pif::FileKind;
use futures_util::TryStreamExt;
use tokio_postgres::CopyOutStream;

use super::{FAST_WAL, statement};
use crate::database::Database;
use crate::error::Error;
use crate::tables::table_of;
use cusip_connect::{ServerId, Transaction};

const BATCH_BYTES: usize = 128 * 1024;
const ROOM_FOR_ONE_MORE: usize = 16 * 1024;

/// The server notices a reader that is gone, as it does for the load's transaction. The plan should
/// give the first row soon, and leave the other core to the loader.
///
/// A reader writes WAL, too: it removes the row versions that the load before has replaced, which changes nearly
/// every page even if few rows have changed.
const SETTINGS: &str = "set transaction read only;
    set local datestyle = 'ISO';
    set local jit = off;
    set local max_parallel_workers_per_gather = 0;
    set local lock_timeout = '60s';
    set local statement_timeout = '4h';
    set local tcp_keepalives_idle = '30s';
    set local tcp_keepalives_interval = '10s';
    set local tcp_keepalives_count = 3;
    set local tcp_user_timeout = '60s'";

/// The rows of a master table in the order of their keys, as lines of COPY's text format.
///
/// They are read on their own connection, in one statement. Its snapshot is younger than the load
/// lock, so no other load can change a row afterwards. If another session changes a row that the
/// load leaves alone, it is as if it had done so after the load. Memory does not grow with the
/// rows.
pub struct MasterRows {
    database: Database,
    task: String,
    /// `None` after the last row: the transaction must not wait for the rest of the load.
    reading: Option<Reading>,
}

/// A copy in progress. The rows are dropped first, so that the transaction can end.
struct Reading {
    rows: Pin<Box<CopyOutStream>>,
    transaction: Transaction,
}

impl MasterRows {
    pub(super) async fn read(
        database: &Database,
        server: ServerId,
        kind: FileKind,
    ) -> Result<Self, Error> {
        let task = format!("read the rows of {}", table_of(kind));
        let transaction = database.begin().await?;
        transaction.check_server(server).await?;
        let rows = async {
            let settings = format!("{SETTINGS}; {FAST_WAL}");
            transaction.client().batch_execute(&settings).await?;
            let query = statement::copy_master(kind);
            transaction.copy_out(&query).await
        };
        let rows = rows
            .await
            .map_err(|error| database.statement(task.as_str(), error))?;
        Ok(Self {
            database: database.clone(),
            task,
            reading: Some(Reading {
                rows: Box::pin(rows),
                transaction,
            }),
        })
    }

    /// Returns the next rows, each with its line end, or `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses or is gone.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let mut batch = BytesMut::with_capacity(BATCH_BYTES + ROOM_FOR_ONE_MORE);
        while let Some(reading) = &mut self.reading
            && batch.len() < BATCH_BYTES
        {
            match reading.rows.try_next().await {
                Ok(Some(row)) => batch.extend_from_slice(&row),
                Ok(None) => self.end().await,
                Err(error) => return Err(self.database.statement(self.task.as_str(), error)),
            }
        }
        Ok((!batch.is_empty()).then(|| batch.freeze()))
    }

    /// Stops reading, even if rows remain.
    pub async fn finish(self) {
        if let Some(Reading { rows, transaction }) = self.reading {
            drop(rows);
            transaction.cancel().await;
        }
    }

    async fn end(&mut self) {
        if let Some(Reading { rows, transaction }) = self.reading.take() {
            drop(rows);
            transaction.roll_back().await;
        }
    }
}

impl fmt::Debug for MasterRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("MasterRows"))
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}
