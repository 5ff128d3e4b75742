//! Streams one file through the parser into its staging table.
//!
//! Three parts run side by side, with bounded buffers between them: reading chunks, parsing them on
//! a thread of its own, and sending rows to the database. The slowest one sets the pace.

use std::panic;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cusip_pif::{
    FileKind, Issue, IssueAttribute, Issuer, ParseOptions, Position, Record, RecordRef,
};
use cusip_postgres::{Load, RowBuffer};
use cusip_source::{Chunk, FileBody, OpenFile};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::{task, try_join};

use crate::error::Error;
use crate::file_reading::{FileReading, FileSummary, Findings};
use crate::problem::Reject;
use crate::progress::{Event, Progress};

const CHUNKS_AHEAD: usize = 4;
/// Of each file, and of each way to find them.
pub(crate) const MOST_REJECTS_KEPT: usize = 1_000;

/// A file whose good records are in its staging table.
#[derive(Debug)]
pub(crate) struct StagedFile {
    pub(crate) summary: FileSummary,
    /// The first of the rejects; the summary knows how many there are.
    pub(crate) rejects: Vec<Reject>,
    pub(crate) duration: Duration,
}

/// Stages a file of the kind.
pub(crate) async fn stage(
    load: &mut Load,
    kind: FileKind,
    file: OpenFile,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<StagedFile, Error> {
    match kind {
        FileKind::Issuer => stage_records::<Issuer>(load, file, options, progress).await,
        FileKind::Issue => stage_records::<Issue>(load, file, options, progress).await,
        FileKind::IssueAttribute => {
            stage_records::<IssueAttribute>(load, file, options, progress).await
        }
    }
}

async fn stage_records<R: Record>(
    load: &mut Load,
    file: OpenFile,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<StagedFile, Error> {
    let started = Instant::now();
    let kind = R::LAYOUT.kind;
    let location = file.meta.location;
    let size = file.meta.size;
    progress.event(Event::FileOpened {
        kind,
        location: &location,
        size,
    });
    let mut staging = load.stage(kind).await?;
    let (chunk_sender, chunks) = channel(CHUNKS_AHEAD);
    let (batch_sender, mut batches) = channel::<Batch>(CHUNKS_AHEAD);
    let parsing = task::spawn_blocking(move || parse::<R>(chunks, batch_sender, options));
    let writing = async {
        while let Some(batch) = batches.recv().await {
            staging.send(batch.rows).await?;
            progress.event(Event::FileRead {
                kind,
                bytes: batch.bytes,
                rows: batch.records,
            });
        }
        Ok(())
    };
    try_join!(read(file.body, chunk_sender), writing)?;
    let parsed = parsing
        .await
        .unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
    let copied = staging.finish().await?;
    let sent = parsed.summary.rows_read - parsed.summary.rows_rejected;
    if copied != sent {
        return Err(Error::CopyMiscounted {
            location,
            sent,
            copied,
        });
    }
    progress.event(Event::FileStaged {
        kind,
        rows: parsed.summary.rows_read,
    });
    Ok(StagedFile {
        summary: parsed.summary,
        rejects: parsed.rejects,
        duration: started.elapsed(),
    })
}

/// Rows for the database, and how much of the file had been parsed when they were ready.
struct Batch {
    rows: Bytes,
    bytes: u64,
    records: u64,
}

struct Parsed {
    summary: FileSummary,
    rejects: Vec<Reject>,
}

/// Hands the file's chunks on. Ends early, without an error of its own, when nobody wants them.
async fn read(mut body: FileBody, chunks: Sender<Chunk>) -> Result<(), Error> {
    while let Some(chunk) = body.next_chunk().await? {
        if chunks.send(chunk).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Parses chunks until no more come, or until nobody wants the rows.
fn parse<R: Record>(
    mut chunks: Receiver<Chunk>,
    batches: Sender<Batch>,
    options: ParseOptions,
) -> Parsed {
    let mut reading = FileReading::<R>::new(options);
    let mut rows = Rows {
        buffer: RowBuffer::new(),
        rejects: Vec::new(),
    };
    while let Some(chunk) = chunks.blocking_recv() {
        reading.push(&chunk, &mut rows);
        if rows.buffer.is_full() {
            let batch = Batch {
                rows: rows.buffer.take(),
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
        rows: rows.buffer.take(),
        bytes: summary.bytes,
        records: summary.rows_read,
    };
    // Nobody wants the last rows when the writing has failed, which is reported there.
    let _ = batches.blocking_send(last);
    Parsed {
        summary,
        rejects: rows.rejects,
    }
}

/// Turns good records into rows, and keeps the first rejects.
struct Rows {
    buffer: RowBuffer,
    rejects: Vec<Reject>,
}

impl Findings for Rows {
    #[inline]
    fn record(&mut self, record: &impl RecordRef, position: Position) {
        self.buffer.push(record, position);
    }

    fn reject(&mut self, reject: Reject) {
        if self.rejects.len() < MOST_REJECTS_KEPT {
            self.rejects.push(reject);
        }
    }

    fn warning(&mut self, _: Position, _: &cusip_pif::Fault) {}
}
