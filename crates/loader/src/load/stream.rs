//! Streams one file through the parser, and its records to the database.
//!
//! Four parts run side by side, with bounded buffers between them: reading chunks, reading the rows
//! of the master table, parsing (on its own thread, where records are compared with those rows), and
//! sending rows to the database. The slowest one sets the pace.

use std::panic;

use bytes::Bytes;
use cusip_pif::{FieldType, ParseOptions, Record};
use cusip_postgres::{CopyTarget, MasterRows, Sink};
use cusip_source::{Chunk, OpenFile};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::{task, try_join};

use super::file_rejects::FileRejects;
use super::rows::Rows;
use super::strategy::Interruption;
use crate::diff::Diff;
use crate::error::Error;
use crate::parse::FileParser;
use crate::plain_file::PlainFile;
use crate::progress::{Event, Progress};
use crate::summary::FileSummary;

const CHUNKS_AHEAD: usize = 4;
const BYTES_BETWEEN_EVENTS: u64 = 1024 * 1024;

/// A file whose good records are in the database, if not yet in the master table.
pub(super) struct Streamed {
    pub(super) summary: FileSummary,
    /// The number of records that were not copied because the master table already has them.
    pub(super) unchanged: u64,
    pub(super) rejects: FileRejects,
}

/// Copies a file's good records to the database, and collects the rejects.
pub(super) async fn stream<R: Record>(
    sink: &mut Sink<'_>,
    file: OpenFile,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<Streamed, Interruption> {
    let kind = R::LAYOUT.kind;
    let Some(target) = sink.copy(kind).await? else {
        let reason = "no second connection to read the table";
        return Err(Interruption::StrategyDoesNotApply(reason));
    };
    let CopyTarget {
        rows,
        mut copy,
        master,
    } = target;
    let skips_unchanged = master.is_some();
    let (chunk_sender, chunks) = channel(CHUNKS_AHEAD);
    let (batch_sender, mut batches) = channel::<Batch>(CHUNKS_AHEAD);
    let (row_sender, master_rows) = channel::<Bytes>(CHUNKS_AHEAD);
    let diff = skips_unchanged.then(|| Diff::new(master_rows, key_bytes::<R>()));
    let rows = Rows::new(rows, diff);
    let parsing = task::spawn_blocking(move || parse::<R>(chunks, batch_sender, options, rows));
    let writing = async {
        while let Some(batch) = batches.recv().await {
            if !batch.rows.is_empty() {
                copy.send(batch.rows).await?;
            }
            progress.event(Event::FileRead {
                kind,
                bytes: batch.bytes,
                rows: batch.records,
                unchanged: batch.unchanged,
            });
        }
        Ok(())
    };
    let reading = read_chunks(PlainFile::new(file), chunk_sender);
    try_join!(reading, read_master(master, row_sender), writing)?;
    let streamed = parsing
        .await
        .unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
    let copied = copy.finish().await?;
    let summary = &streamed.summary;
    if skips_unchanged && !summary.ascending {
        let reason = "a file that is not sorted by key";
        return Err(Interruption::StrategyDoesNotApply(reason));
    }
    let sent = summary.rows_read - summary.rows_rejected - streamed.unchanged;
    sink.check_copied(kind, sent, copied).await?;
    Ok(streamed)
}

/// Returns how many bytes the key of a row takes up, with a separator after each of its columns.
fn key_bytes<R: Record>() -> usize {
    let bytes = R::LAYOUT.key().map(|field| match field.field_type {
        FieldType::IssuerNum => 7,
        _ => 3,
    });
    bytes.sum()
}

/// Rows for the database, and how much of the file was parsed when they were ready.
struct Batch {
    rows: Bytes,
    bytes: u64,
    records: u64,
    unchanged: u64,
}

/// Passes the file's chunks on. Ends early, without an error of its own, if the receiver is gone.
async fn read_chunks(mut file: PlainFile, chunks: Sender<Chunk>) -> Result<(), Error> {
    while let Some(chunk) = file.next_chunk().await? {
        if chunks.send(chunk).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Passes on the master table's rows until the last one, or until the receiver is gone.
async fn read_master(master: Option<MasterRows>, batches: Sender<Bytes>) -> Result<(), Error> {
    let Some(mut master) = master else {
        return Ok(());
    };
    while let Some(batch) = master.next().await? {
        if batches.send(batch).await.is_err() {
            break;
        }
    }
    master.finish().await;
    Ok(())
}

/// Parses chunks until there are no more. Stops early if the receiver of the rows is gone, or if a
/// file that must be sorted turns out not to be.
fn parse<R: Record>(
    mut chunks: Receiver<Chunk>,
    batches: Sender<Batch>,
    options: ParseOptions,
    mut rows: Rows,
) -> Streamed {
    let mut parser = FileParser::<R>::new(options);
    let mut reported = 0;
    while let Some(chunk) = chunks.blocking_recv() {
        parser.push(&chunk, &mut rows);
        if rows.need_order() && !parser.is_ascending() {
            break;
        }
        if rows.is_full() || parser.bytes() - reported >= BYTES_BETWEEN_EVENTS {
            reported = parser.bytes();
            let batch = Batch {
                rows: rows.take(),
                bytes: parser.bytes(),
                records: parser.rows_read(),
                unchanged: rows.skipped(),
            };
            if batches.blocking_send(batch).is_err() {
                break;
            }
        }
    }
    let summary = parser.finish(&mut rows);
    let last = Batch {
        rows: rows.take(),
        bytes: summary.bytes,
        records: summary.rows_read,
        unchanged: rows.skipped(),
    };
    // The receiver is gone if writing failed, which is reported there.
    let _ = batches.blocking_send(last);
    let (unchanged, rejects) = rows.finish();
    Streamed {
        summary,
        unchanged,
        rejects,
    }
}
