//! Finds the records of a file that cannot be written: repeated keys, and records without a parent.

use std::time::Instant;

use cusip_jobs::Reject;
use cusip_postgres::{Orphan, OrphanLines, Sink};

use super::file::ReadFile;
use super::strategy::Interruption;
use crate::error::Error;
use crate::line_reader::LineReader;
use crate::progress::{Event, Progress};

/// Removes repeated keys and orphans from the records. The orphans are rejects.
pub(super) async fn find_duplicates_and_orphans(
    sink: &Sink<'_>,
    read: &mut ReadFile<'_>,
    progress: &dyn Progress,
) -> Result<(), Interruption> {
    let kind = read.file.outcome.kind;
    progress.event(Event::Checking { kind });
    let started = Instant::now();
    let checked = check(sink, read).await;
    checked.map_err(|interruption| read.file.blame(interruption))?;
    read.file.timed("check", started.elapsed());
    Ok(())
}

async fn check(sink: &Sink<'_>, read: &mut ReadFile<'_>) -> Result<(), Interruption> {
    let kind = read.file.outcome.kind;
    let superseded = sink.remove_superseded(kind, read.summary.ascending).await?;
    let Some(superseded) = superseded else {
        return Err(Interruption::StrategyDoesNotApply(
            "repeated keys or records without a parent",
        ));
    };
    read.file.outcome.counts.superseded = superseded;
    Ok(reject_orphans(sink, read).await?)
}

/// Removes the orphans and adds them to the rejects, with their lines as they are in the file.
async fn reject_orphans(sink: &Sink<'_>, read: &mut ReadFile<'_>) -> Result<(), Error> {
    let file = &mut *read.file;
    let lines = if file.input.is_rereadable() {
        OrphanLines::Omitted
    } else {
        OrphanLines::Rebuilt
    };
    let mut orphans = sink.remove_orphans(file.outcome.kind, lines).await?;
    let mut reader = None;
    while let Some(orphan) = orphans.next().await? {
        if lines == OrphanLines::Omitted && reader.is_none() {
            reader = Some(LineReader::new(file.input.open().await?));
        }
        let raw_line = raw_line(&orphan, reader.as_mut()).await?;
        let reject = Reject::orphan(
            file.outcome.kind,
            orphan.line_number,
            orphan.byte_offset,
            orphan.parent_key,
            raw_line,
        );
        file.rejects.add(reject);
        file.outcome.counts.rejected += 1;
    }
    Ok(())
}

/// Returns an orphan's line: as it is in the file, or as the database rebuilt it.
async fn raw_line(orphan: &Orphan, reader: Option<&mut LineReader>) -> Result<Vec<u8>, Error> {
    match reader {
        Some(reader) => {
            let key = orphan.parent_key.replace(' ', "|");
            reader.line_at(orphan.byte_offset, &key).await
        }
        None => Ok(orphan.line.clone().unwrap_or_default().into_bytes()),
    }
}
