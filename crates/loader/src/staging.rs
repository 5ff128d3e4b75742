//! Streams one file through the parser into its staging table, or into its master table.
//!
//! Five parts run side by side, with bounded buffers between them: reading chunks, reading the rows
//! that the database has, parsing the chunks and holding records against rows on a thread of its own,
//! sending rows to the database, and sending rejects to its ledger. The slowest one sets the pace.

mod rows;

use std::mem;
use std::panic;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cusip_pif::{FieldType, FileKind, Issue, IssueAttribute, Issuer, ParseOptions, Record};
use cusip_postgres::{FileId, Load, MasterRows, RowBuffer};
use cusip_source::{Chunk, FileBody, OpenFile};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::{task, try_join};

use self::rows::Rows;
use crate::comparison::Comparison;
use crate::error::Error;
use crate::file_reading::{FileReading, FileSummary, is_compressed};
use crate::first_rejects::FirstRejects;
use crate::progress::{Event, Progress};

const CHUNKS_AHEAD: usize = 4;
const BYTES_BETWEEN_EVENTS: u64 = 1024 * 1024;

/// Which way a file's good records go to the master table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// All of them straight into the table, which is empty.
    Filling,
    /// Those that the table does not have just so by way of staging. It takes a file that is sorted
    /// by key.
    Differences,
    /// All of them by way of staging.
    Everything,
    /// All of them by way of staging, after another way has led nowhere. The bad records of the file
    /// are in the ledger already.
    EverythingAgain,
}

/// A file whose good records are in its staging table, or in the master table.
#[derive(Debug)]
pub(crate) struct StagedFile {
    pub(crate) summary: FileSummary,
    pub(crate) way: Way,
    /// How many records were not staged, as the master table had them just so.
    pub(crate) unchanged: u64,
    /// The first of the rejects; all of them are in the ledger.
    pub(crate) rejects: FirstRejects,
    pub(crate) duration: Duration,
}

/// Stages a file of the kind, and keeps its bad records in the ledger under this number.
///
/// Nothing is returned, and nothing kept, when only differences are to be staged and the file turns
/// out not to be sorted by key.
pub(crate) async fn stage(
    load: &mut Load,
    kind: FileKind,
    id: FileId,
    file: OpenFile,
    options: ParseOptions,
    way: Way,
    progress: &dyn Progress,
) -> Result<Option<StagedFile>, Error> {
    match kind {
        FileKind::Issuer => stage_records::<Issuer>(load, id, file, options, way, progress).await,
        FileKind::Issue => stage_records::<Issue>(load, id, file, options, way, progress).await,
        FileKind::IssueAttribute => {
            stage_records::<IssueAttribute>(load, id, file, options, way, progress).await
        }
    }
}

async fn stage_records<R: Record>(
    load: &mut Load,
    id: FileId,
    file: OpenFile,
    options: ParseOptions,
    way: Way,
    progress: &dyn Progress,
) -> Result<Option<StagedFile>, Error> {
    let started = Instant::now();
    let kind = R::LAYOUT.kind;
    let location = file.meta.location;
    let size = file.meta.size;
    progress.event(Event::FileOpened {
        kind,
        location: &location,
        size,
    });
    let mut staging = match way {
        Way::Filling => load.fill(kind).await?,
        _ => load.stage(kind).await?,
    };
    let mut log = load.reject_log(id);
    let (chunk_sender, chunks) = channel(CHUNKS_AHEAD);
    let (batch_sender, mut batches) = channel::<Batch>(CHUNKS_AHEAD);
    let (reject_sender, mut rejects) = channel::<Bytes>(CHUNKS_AHEAD);
    let (row_sender, master_rows) = channel::<Bytes>(CHUNKS_AHEAD);
    let (way, comparison, master) = match way {
        Way::Filling | Way::Everything | Way::EverythingAgain => (way, None, None),
        Way::Differences => match load.master_rows(kind).await {
            Ok(master) => {
                let comparison = Comparison::new(master_rows, key_bytes::<R>());
                (way, Some(comparison), Some(master))
            }
            // A role or server may be short of connections; without this one a load only takes longer.
            Err(error) if error.is_unavailable() => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    "no connection to compare with, all records are staged"
                );
                (Way::Everything, None, None)
            }
            Err(error) => return Err(error.into()),
        },
    };
    let buffer = match way {
        Way::Filling => RowBuffer::of_job(load.job(), kind),
        _ => RowBuffer::new(),
    };
    let reject_sender = (way != Way::EverythingAgain).then_some(reject_sender);
    let rows = Rows::new(buffer, comparison, log.buffer(), reject_sender);
    let parsing = task::spawn_blocking(move || parse::<R>(chunks, batch_sender, options, rows));
    let writing = async {
        while let Some(batch) = batches.recv().await {
            if !batch.rows.is_empty() {
                staging.send(batch.rows).await?;
            }
            progress.event(Event::FileRead {
                kind,
                bytes: batch.bytes,
                rows: batch.records,
            });
        }
        Ok(())
    };
    let keeping = async {
        while let Some(batch) = rejects.recv().await {
            log.send(batch).await?;
        }
        Ok(())
    };
    let reading = read(&location, file.body, chunk_sender);
    try_join!(reading, read_master(master, row_sender), writing, keeping)?;
    let parsed = parsing
        .await
        .unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
    let copied = staging.finish().await?;
    if way == Way::Differences && !parsed.summary.ascending {
        return Ok(None);
    }
    let sent = parsed.summary.rows_read - parsed.summary.rows_rejected - parsed.unchanged;
    if copied != sent {
        return Err(Error::CopyMiscounted {
            location,
            sent,
            copied,
        });
    }
    // Last, so that a file that could not be staged leaves no rejects that nothing counts.
    log.finish().await?;
    progress.event(Event::FileStaged {
        kind,
        rows: parsed.summary.rows_read,
    });
    Ok(Some(StagedFile {
        summary: parsed.summary,
        way,
        unchanged: parsed.unchanged,
        rejects: parsed.rejects,
        duration: started.elapsed(),
    }))
}

/// Returns how many bytes the key of a row takes up, with a separator after each of its columns.
fn key_bytes<R: Record>() -> usize {
    let bytes = R::LAYOUT.key().map(|field| match field.field_type {
        FieldType::IssuerNum => 7,
        _ => 3,
    });
    bytes.sum()
}

/// Rows for the database, and how much of the file had been parsed when they were ready.
struct Batch {
    rows: Bytes,
    bytes: u64,
    records: u64,
}

struct Parsed {
    summary: FileSummary,
    unchanged: u64,
    rejects: FirstRejects,
}

/// Hands the file's chunks on. Ends early, without an error of its own, when nobody wants them.
async fn read(location: &str, mut body: FileBody, chunks: Sender<Chunk>) -> Result<(), Error> {
    let mut is_first = true;
    while let Some(chunk) = body.next_chunk().await? {
        if mem::take(&mut is_first) && is_compressed(&chunk) {
            let location = location.to_owned();
            return Err(Error::Compressed { location });
        }
        if chunks.send(chunk).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Hands the master table's rows on, until all were or nobody wants them any more.
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

/// Parses chunks until no more come, or until nobody wants the rows, or until what is held against
/// the master table turns out not to be sorted.
fn parse<R: Record>(
    mut chunks: Receiver<Chunk>,
    batches: Sender<Batch>,
    options: ParseOptions,
    mut rows: Rows,
) -> Parsed {
    let mut reading = FileReading::<R>::new(options);
    let mut told = 0;
    while let Some(chunk) = chunks.blocking_recv() {
        reading.push(&chunk, &mut rows);
        if rows.need_order() && !reading.is_ascending() {
            break;
        }
        if rows.is_full() || reading.bytes() - told >= BYTES_BETWEEN_EVENTS {
            told = reading.bytes();
            let batch = Batch {
                rows: rows.take(),
                bytes: reading.bytes(),
                records: reading.rows_read(),
            };
            if batches.blocking_send(batch).is_err() {
                break;
            }
        }
    }
    let summary = reading.finish(&mut rows);
    let last = Batch {
        rows: rows.take(),
        bytes: summary.bytes,
        records: summary.rows_read,
    };
    // Nobody wants the last rows when the writing has failed, which is reported there.
    let _ = batches.blocking_send(last);
    let (unchanged, rejects) = rows.finish();
    Parsed {
        summary,
        unchanged,
        rejects,
    }
}
