//! Streams one file through the parser into its staging table.
//!
//! Four parts run side by side, with bounded buffers between them: reading chunks, parsing them on a
//! thread of its own, sending rows to the database, and sending rejects to its ledger. The slowest
//! one sets the pace.

use std::mem;
use std::panic;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cusip_pif::{
    FileKind, Issue, IssueAttribute, Issuer, ParseOptions, Position, Record, RecordRef,
};
use cusip_postgres::{FileId, Load, RejectBuffer, RowBuffer};
use cusip_source::{Chunk, FileBody, OpenFile};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::{task, try_join};

use crate::error::Error;
use crate::file_reading::{FileReading, FileSummary, Findings, is_compressed};
use crate::first_rejects::FirstRejects;
use crate::problem::Reject;
use crate::progress::{Event, Progress};

const CHUNKS_AHEAD: usize = 4;

/// A file whose good records are in its staging table.
#[derive(Debug)]
pub(crate) struct StagedFile {
    pub(crate) summary: FileSummary,
    /// The first of the rejects; all of them are in the ledger.
    pub(crate) rejects: FirstRejects,
    pub(crate) duration: Duration,
}

/// Stages a file of the kind, and keeps its bad records in the ledger under this number.
pub(crate) async fn stage(
    load: &mut Load,
    kind: FileKind,
    id: FileId,
    file: OpenFile,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<StagedFile, Error> {
    match kind {
        FileKind::Issuer => stage_records::<Issuer>(load, id, file, options, progress).await,
        FileKind::Issue => stage_records::<Issue>(load, id, file, options, progress).await,
        FileKind::IssueAttribute => {
            stage_records::<IssueAttribute>(load, id, file, options, progress).await
        }
    }
}

async fn stage_records<R: Record>(
    load: &mut Load,
    id: FileId,
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
    let mut log = load.reject_log(id);
    let (chunk_sender, chunks) = channel(CHUNKS_AHEAD);
    let (batch_sender, mut batches) = channel::<Batch>(CHUNKS_AHEAD);
    let (reject_sender, mut rejects) = channel::<Bytes>(CHUNKS_AHEAD);
    let findings = Rows {
        buffer: RowBuffer::new(),
        first_rejects: FirstRejects::default(),
        rejects: log.buffer(),
        reject_sender,
    };
    let parsing = task::spawn_blocking(move || parse::<R>(chunks, batch_sender, options, findings));
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
    let keeping = async {
        while let Some(batch) = rejects.recv().await {
            log.send(batch).await?;
        }
        Ok(())
    };
    try_join!(read(&location, file.body, chunk_sender), writing, keeping)?;
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
    // Last, so that a file that could not be staged leaves no rejects that nothing counts.
    log.finish().await?;
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

/// Parses chunks until no more come, or until nobody wants the rows.
fn parse<R: Record>(
    mut chunks: Receiver<Chunk>,
    batches: Sender<Batch>,
    options: ParseOptions,
    mut rows: Rows,
) -> Parsed {
    let mut reading = FileReading::<R>::new(options);
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
    rows.send_rejects();
    Parsed {
        summary,
        rejects: rows.first_rejects,
    }
}

/// Turns good records into rows for the staging table, and bad ones into rows of the ledger.
struct Rows {
    buffer: RowBuffer,
    first_rejects: FirstRejects,
    rejects: RejectBuffer,
    reject_sender: Sender<Bytes>,
}

impl Rows {
    fn send_rejects(&mut self) {
        // Nobody wants them when the load has failed elsewhere, which is reported there.
        let _ = self.reject_sender.blocking_send(self.rejects.take());
    }
}

impl Findings for Rows {
    #[inline]
    fn record(&mut self, record: &impl RecordRef, position: Position) {
        self.buffer.push(record, position);
    }

    fn reject(&mut self, reject: Reject, raw_line: &[u8]) {
        self.rejects.push(&reject.entry(raw_line));
        self.first_rejects.add(reject);
        if self.rejects.is_full() {
            self.send_rejects();
        }
    }

    fn warning(&mut self, _: Position, _: &cusip_pif::Fault) {}
}
