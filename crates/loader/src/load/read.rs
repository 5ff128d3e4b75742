//! Reads one file: streams it through the parser, and its records to the database.
//!
//! Five parts run side by side, with bounded buffers between them: reading chunks, reading the rows of
//! the master table, parsing (on a thread of its own, where records are compared with those rows),
//! sending rows to the database, and sending rejects to the job log. The slowest one sets the pace.

use std::mem;
use std::panic;
use std::time::Instant;

use bytes::Bytes;
use cusip_pif::{Date, FieldType, FileKind, Issue, IssueAttribute, Issuer, ParseOptions, Record};
use cusip_postgres::{CopyTarget, Load, MasterRows, Sink};
use cusip_source::{Chunk, FileBody};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::{task, try_join};

use super::file::{LoadFile, ReadFile};
use super::rows::Rows;
use super::strategy::Interruption;
use crate::diff::Diff;
use crate::error::Error;
use crate::first_rejects::FirstRejects;
use crate::parse::{FileParser, is_compressed};
use crate::progress::{Event, Progress};
use crate::summary::FileSummary;

const CHUNKS_AHEAD: usize = 4;
const BYTES_BETWEEN_EVENTS: u64 = 1024 * 1024;

/// Reads a file, copies its good records to the database, and its bad ones to the job log.
pub(super) async fn read<'a>(
    sink: &mut Sink<'_>,
    file: &'a mut LoadFile,
    date: Option<Date>,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<ReadFile<'a>, Interruption> {
    file.start_over();
    let read = match file.outcome.kind {
        FileKind::Issuer => stream::<Issuer>(sink, file, options, progress).await,
        FileKind::Issue => stream::<Issue>(sink, file, options, progress).await,
        FileKind::IssueAttribute => stream::<IssueAttribute>(sink, file, options, progress).await,
    };
    let read = match read {
        Ok(read) => compare_with_earlier(sink.load(), file, read, date).await,
        Err(interruption) => Err(interruption),
    };
    match read {
        Ok((summary, unchanged)) => Ok(ReadFile {
            file,
            summary,
            unchanged,
        }),
        Err(interruption) => Err(file.blame(interruption)),
    }
}

/// What was read of a file: its summary, and how many records the master table already has.
type FileRead = (FileSummary, u64);

async fn stream<R: Record>(
    sink: &mut Sink<'_>,
    file: &mut LoadFile,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<FileRead, Interruption> {
    let started = Instant::now();
    let kind = R::LAYOUT.kind;
    let open = file.input.open().await?;
    file.opened(&open.meta);
    let id = match file.outcome.id {
        Some(id) => id,
        None => sink.load().start_file(&file.outcome).await?,
    };
    file.outcome.id = Some(id);
    let location = open.meta.location;
    progress.event(Event::FileOpened {
        kind,
        location: &location,
        size: open.meta.size,
    });
    let Some(target) = sink.copy(kind).await? else {
        let reason = "no second connection to read the table";
        return Err(Interruption::StrategyDoesNotApply(reason));
    };
    let CopyTarget {
        rows: buffer,
        mut copy,
        master,
    } = target;
    let skips_unchanged = master.is_some();
    let mut log = sink.load().reject_log(id);
    let (chunk_sender, chunks) = channel(CHUNKS_AHEAD);
    let (batch_sender, mut batches) = channel::<Batch>(CHUNKS_AHEAD);
    let (reject_sender, mut rejects) = channel::<Bytes>(CHUNKS_AHEAD);
    let (row_sender, master_rows) = channel::<Bytes>(CHUNKS_AHEAD);
    let diff = skips_unchanged.then(|| Diff::new(master_rows, key_bytes::<R>()));
    let rows = Rows::new(buffer, diff, log.buffer(), reject_sender);
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
            });
        }
        Ok(())
    };
    let logging = async {
        while let Some(batch) = rejects.recv().await {
            log.send(batch).await?;
        }
        Ok(())
    };
    let reading = read_chunks(&location, open.body, chunk_sender);
    try_join!(reading, read_master(master, row_sender), writing, logging)?;
    let parsed = parsing
        .await
        .unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
    let copied = copy.finish().await?;
    if skips_unchanged && !parsed.summary.ascending {
        return Err(Interruption::StrategyDoesNotApply(
            "a file that is not sorted by key",
        ));
    }
    let sent = parsed.summary.rows_read - parsed.summary.rows_rejected - parsed.unchanged;
    if copied != sent {
        return Err(Interruption::Failed(Error::CopyMiscounted {
            location,
            sent,
            copied,
        }));
    }
    // Last, so that a file that could not be copied leaves no rejects that nothing counts.
    log.finish().await?;
    progress.event(Event::FileStaged {
        kind,
        rows: parsed.summary.rows_read,
    });
    file.timed(sink.copy_phase(), started.elapsed());
    file.parsed(&parsed.summary, parsed.first_rejects);
    Ok((parsed.summary, parsed.unchanged))
}

/// Compares what was read with the files of this kind that were loaded before.
async fn compare_with_earlier(
    load: &Load,
    file: &mut LoadFile,
    (mut summary, unchanged): FileRead,
    date: Option<Date>,
) -> Result<FileRead, Interruption> {
    let kind = file.outcome.kind;
    summary.expect_count_in(load.trailer_field(kind).await?);
    file.outcome.trailer_field = summary.trailer_field().map(|field| field as u16);
    let warnings = &mut file.outcome.warnings;
    warnings.extend(summary.warning_messages());
    if summary.rows_read == 0 {
        if let Some((job, rows)) = load.last_with_records(kind).await? {
            warnings.push(format!(
                "it has no records, but the last file of its kind, loaded by job {job}, had {rows}"
            ));
        }
    } else if let Some(date) = date
        && let Some((other, job)) = (load.same_content(kind, date, &summary.sha256)).await?
    {
        warnings.push(format!(
            "it is the same, byte by byte, as the file of {other} that job {job} loaded"
        ));
    }
    Ok((summary, unchanged))
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
}

struct Parsed {
    summary: FileSummary,
    unchanged: u64,
    first_rejects: FirstRejects,
}

/// Passes the file's chunks on. Ends early, without an error of its own, if the receiver is gone.
async fn read_chunks(
    location: &str,
    mut body: FileBody,
    chunks: Sender<Chunk>,
) -> Result<(), Error> {
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

/// Passes the master table's rows on, to the last one or until the receiver is gone.
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

/// Parses chunks to the last one, or until the receiver of the rows is gone, or until a file that has
/// to be sorted turns out not to be.
fn parse<R: Record>(
    mut chunks: Receiver<Chunk>,
    batches: Sender<Batch>,
    options: ParseOptions,
    mut rows: Rows,
) -> Parsed {
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
    };
    // The receiver is gone if writing failed, which is reported there.
    let _ = batches.blocking_send(last);
    let (unchanged, first_rejects) = rows.finish();
    Parsed {
        summary,
        unchanged,
        first_rejects,
    }
}
