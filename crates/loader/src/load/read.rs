//! Reads one file: its good records go to the database, its rejects are collected.

use std::time::Instant;

use cusip_pif::{Date, FileKind, Issue, IssueAttribute, Issuer, ParseOptions, Record};
use cusip_postgres::{Load, Sink};
use cusip_source::OpenFile;

use super::file::{LoadFile, ReadFile};
use super::strategy::Interruption;
use super::stream::{Streamed, stream};
use crate::error::Error;
use crate::progress::{Event, Progress};
use crate::summary::FileSummary;

/// Reads a file, copies its good records to the database, and collects the rejects.
pub(super) async fn read<'a>(
    sink: &mut Sink<'_>,
    file: &'a mut LoadFile,
    date: Option<Date>,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<ReadFile<'a>, Interruption> {
    let kind = file.outcome.kind;
    let read = match kind {
        FileKind::Issuer => read_records::<Issuer>(sink, file, date, options, progress).await,
        FileKind::Issue => read_records::<Issue>(sink, file, date, options, progress).await,
        FileKind::IssueAttribute => {
            read_records::<IssueAttribute>(sink, file, date, options, progress).await
        }
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

async fn read_records<R: Record>(
    sink: &mut Sink<'_>,
    file: &mut LoadFile,
    date: Option<Date>,
    options: ParseOptions,
    progress: &dyn Progress,
) -> Result<(FileSummary, u64), Interruption> {
    let started = Instant::now();
    let open = open(sink.load(), file, progress).await?;
    let streamed = stream::<R>(sink, open, options, progress).await?;
    let Streamed {
        mut summary,
        unchanged,
        rejects,
    } = streamed;
    progress.event(Event::FileStaged {
        kind: R::LAYOUT.kind,
        rows: summary.rows_read,
    });
    file.timed(sink.copy_phase(), started.elapsed());
    file.parsed(&summary, rejects);
    compare_with_earlier(sink.load(), file, &mut summary, date).await?;
    Ok((summary, unchanged))
}

/// Opens the file, and logs that it is about to be read.
async fn open(
    load: &Load,
    file: &mut LoadFile,
    progress: &dyn Progress,
) -> Result<OpenFile, Error> {
    let open = file.input.open().await?;
    file.opened(&open.meta);
    if file.outcome.id.is_none() {
        file.outcome.id = Some(load.start_file(&file.outcome).await?);
    }
    progress.event(Event::FileOpened {
        kind: file.outcome.kind,
        location: &open.meta.location,
        size: open.meta.size,
    });
    Ok(open)
}

/// Compares what was read with the files of this kind that were loaded before.
async fn compare_with_earlier(
    load: &Load,
    file: &mut LoadFile,
    summary: &mut FileSummary,
    date: Option<Date>,
) -> Result<(), Error> {
    let kind = file.outcome.kind;
    summary.expect_count_in(load.trailer_field(kind).await?);
    file.outcome.trailer_field = summary.trailer_field().map(|field| field as u16);
    let warnings = &mut file.outcome.warnings;
    warnings.extend(file.notes.iter().cloned());
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
            "it is identical, byte for byte, to the file for {other} that job {job} loaded"
        ));
    }
    Ok(())
}
