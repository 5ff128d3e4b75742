//! Writes rejects to the job log, apart from the load's transaction.

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use cusip_jobs::{FileId, JobId, Reject};
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use crate::binary_copy::{self, FILE_END, FILE_START};
use crate::database::Database;
use crate::error::Error;
use cusip_connect::Transaction;

const COPY: &str =
    "copy load_reject (job_id, file_id, line_number, byte_offset, field, value, rule,
    message, raw_line) from stdin (format binary)";
const COLUMNS: i16 = 9;
const FULL_BYTES: usize = 256 * 1024;

/// The copy takes as long as reading its file, so no shorter server limit may end it.
const SETTINGS: &str = "set local lock_timeout = '60s'; set local statement_timeout = '4h'";

/// Rejects of one file, gathered until there are enough to send.
#[derive(Debug)]
pub struct RejectBuffer {
    job: JobId,
    file: FileId,
    rows: Vec<u8>,
}

impl RejectBuffer {
    /// Appends a reject. NUL, which the database cannot store in text, becomes `\0`.
    pub fn push(&mut self, reject: &Reject) {
        self.rows.extend_from_slice(&COLUMNS.to_be_bytes());
        self.number(self.job.0);
        self.number(self.file.0);
        self.number(reject.line_number.cast_signed());
        self.number(reject.byte_offset.cast_signed());
        self.text(reject.field.as_deref());
        self.text(reject.value.as_deref());
        self.text(Some(&reject.rule));
        self.text(Some(&reject.message));
        binary_copy::put(
            &mut self.rows,
            reject.raw_line.as_deref().unwrap_or_default(),
        );
    }

    /// Returns whether there is enough to send: 256 KiB.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.len() >= FULL_BYTES
    }

    /// Takes the rejects out, ready to send.
    #[must_use]
    pub fn take(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.rows))
    }

    fn number(&mut self, number: i64) {
        binary_copy::put(&mut self.rows, &number.to_be_bytes());
    }

    fn text(&mut self, text: Option<&str>) {
        let rows = &mut self.rows;
        match text {
            Some(text) if text.contains('\0') => {
                binary_copy::put(rows, text.replace('\0', "\\0").as_bytes());
            }
            Some(text) => binary_copy::put(rows, text.as_bytes()),
            None => binary_copy::put_null(rows),
        }
    }
}

/// Logs the rejects of one file, on its own connection and in its own transaction.
///
/// [`finish`](Self::finish) commits them, whatever the result of the load. No connection is used while
/// there is nothing to log.
pub struct RejectLog {
    database: Database,
    job: JobId,
    file: FileId,
    copy: Option<RejectCopy>,
}

/// A copy in progress. The sink is dropped first, so that the transaction can end.
struct RejectCopy {
    sink: Pin<Box<CopyInSink<Bytes>>>,
    transaction: Transaction,
}

impl RejectLog {
    pub(crate) const fn new(database: Database, job: JobId, file: FileId) -> Self {
        Self {
            database,
            job,
            file,
            copy: None,
        }
    }

    /// Makes a buffer for rejects of the log's file.
    #[must_use]
    pub const fn buffer(&self) -> RejectBuffer {
        RejectBuffer {
            job: self.job,
            file: self.file,
            rows: Vec::new(),
        }
    }

    /// Sends rejects that a [`RejectBuffer`] gathered. Waits while the server is behind.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection, or if the server refuses or is gone.
    pub async fn send(&mut self, rejects: Bytes) -> Result<(), Error> {
        if rejects.is_empty() {
            return Ok(());
        }
        let copy = match &mut self.copy {
            Some(copy) => copy,
            None => self.copy.insert(RejectCopy::begin(&self.database).await?),
        };
        (copy.sink.send(rejects).await).map_err(|error| failed(&self.database, error))
    }

    /// Commits what was sent, adds it to the count of the file's row, and returns the number of rejects.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses or is gone. In that case, nothing is logged.
    pub async fn finish(self) -> Result<u64, Error> {
        let database = self.database;
        let Some(RejectCopy {
            mut sink,
            transaction,
        }) = self.copy
        else {
            return Ok(0);
        };
        let kept = async {
            sink.send(Bytes::from_static(FILE_END)).await?;
            let kept = sink.as_mut().finish().await?;
            let update = "update load_file set rows_rejected = rows_rejected + $3
                where job_id = $1 and id = $2";
            let parameters = (self.job.0, self.file.0, kept.cast_signed());
            (transaction.client())
                .execute(update, &[&parameters.0, &parameters.1, &parameters.2])
                .await?;
            Ok(kept)
        };
        let kept = kept.await.map_err(|error| failed(&database, error))?;
        transaction.commit().await?;
        Ok(kept)
    }
}

impl RejectCopy {
    async fn begin(database: &Database) -> Result<Self, Error> {
        let transaction = database.begin().await?;
        let sink = async {
            transaction.client().batch_execute(SETTINGS).await?;
            let mut sink = Box::pin(transaction.copy_in(COPY).await?);
            sink.send(Bytes::from_static(FILE_START)).await?;
            Ok(sink)
        };
        let sink = sink.await.map_err(|error| failed(database, error))?;
        Ok(Self { sink, transaction })
    }
}

impl fmt::Debug for RejectLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("RejectLog"))
            .field("job", &self.job)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

fn failed(database: &Database, error: tokio_postgres::Error) -> Error {
    database.statement("log the rejects", error)
}
