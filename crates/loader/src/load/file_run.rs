//! One file of a load, from staging to merge.

use std::time::{Instant, UNIX_EPOCH};

use cusip_pif::{CodeList, FileKind, ParseOptions};
use cusip_postgres::{FileEntry, FileId, Load, Orphan, OrphanLines, RowCounts};
use cusip_source::FileMeta;

use crate::error::Error;
use crate::first_rejects::FirstRejects;
use crate::input::{Input, Reopening};
use crate::line_reader::LineReader;
use crate::problem::Reject;
use crate::progress::{Event, Progress};
use crate::report::{FileReport, FileStatus};
use crate::staging::{self, StagedFile};

/// A file of a load, and what is known of it so far.
pub(super) struct FileRun {
    pub(super) kind: FileKind,
    pub(super) meta: FileMeta,
    pub(super) staged: Option<StagedFile>,
    pub(super) orphans: FirstRejects,
    /// The file's number in the ledger, and how to read it again, once it was opened.
    opened: Option<(FileId, Reopening)>,
    pub(super) counts: RowCounts,
    warnings: Vec<String>,
    phase_milliseconds: Vec<(&'static str, u64)>,
    pub(super) error: Option<String>,
}

impl FileRun {
    pub(super) fn new(input: &Input) -> Self {
        Self {
            kind: input.kind(),
            meta: input.meta().clone(),
            staged: None,
            orphans: FirstRejects::default(),
            opened: None,
            counts: RowCounts::default(),
            warnings: Vec::new(),
            phase_milliseconds: Vec::new(),
            error: None,
        }
    }

    pub(super) async fn stage(
        &mut self,
        load: &mut Load,
        input: Input,
        date: Option<&String>,
        options: ParseOptions,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let (file, again) = input.open().await?;
        self.meta = file.meta.clone();
        let id = load.start_file(&self.entry(date, false)).await?;
        self.opened = Some((id, again));
        let staged = staging::stage(load, self.kind, id, file, options, progress).await?;
        self.counts.read = staged.summary.rows_read;
        self.counts.rejected = staged.summary.rows_rejected;
        self.warnings = staged.summary.warning_messages();
        self.phase_milliseconds
            .push(("copy", staged.duration.as_millis() as u64));
        self.staged = Some(staged);
        Ok(())
    }

    /// Removes repeated keys and orphans from the staged records.
    pub(super) async fn check(
        &mut self,
        load: &Load,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        progress.event(Event::Checking { kind: self.kind });
        let started = Instant::now();
        load.analyze_staged(self.kind).await?;
        let ascending = self
            .staged
            .as_ref()
            .is_some_and(|staged| staged.summary.ascending);
        if !ascending {
            self.counts.superseded = load.remove_superseded(self.kind).await?;
        }
        self.reject_orphans(load).await?;
        self.phase_milliseconds
            .push(("check", started.elapsed().as_millis() as u64));
        Ok(())
    }

    /// Removes the orphans from the staged records and keeps them in the ledger.
    async fn reject_orphans(&mut self, load: &Load) -> Result<(), Error> {
        let Some((id, again)) = &self.opened else {
            return Ok(());
        };
        let lines = if again.is_possible() {
            OrphanLines::Omitted
        } else {
            OrphanLines::Rebuilt
        };
        let mut orphans = load.remove_orphans(self.kind, lines).await?;
        let mut log = load.reject_log(*id);
        let mut buffer = log.buffer();
        let mut file = None;
        while let Some(orphan) = orphans.next().await? {
            if file.is_none() {
                file = again.open(&self.meta).await?.map(LineReader::new);
            }
            let raw_line = raw_line(&orphan, file.as_mut()).await?;
            let reject = Reject::orphan(self.kind, &orphan);
            buffer.push(&reject.entry(&raw_line));
            self.orphans.add(reject);
            if buffer.is_full() {
                log.send(buffer.take()).await?;
            }
        }
        log.send(buffer.take()).await?;
        self.counts.rejected += log.finish().await?;
        Ok(())
    }

    pub(super) async fn merge(
        &mut self,
        load: &Load,
        date: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        progress.event(Event::Merging { kind: self.kind });
        let started = Instant::now();
        self.register_codes(load, date).await?;
        let merged = load.merge(self.kind).await?;
        self.counts.inserted = merged.inserted;
        self.counts.updated = merged.updated;
        self.counts.unchanged = merged.unchanged;
        self.phase_milliseconds
            .push(("merge", started.elapsed().as_millis() as u64));
        Ok(())
    }

    async fn register_codes(&mut self, load: &Load, date: Option<&str>) -> Result<(), Error> {
        let Some(staged) = &self.staged else {
            return Ok(());
        };
        let since = date.map_or_else(
            || format!("in job {}", load.job()),
            |date| format!("on {date}, in job {}", load.job()),
        );
        let description = format!("Undocumented code, first seen {since}");
        for name in staged.summary.warnings.code_lists() {
            let Some(list) = CodeList::ALL.into_iter().find(|list| list.name == name) else {
                continue;
            };
            for code in load.register_codes(self.kind, list, &description).await? {
                self.warnings.push(format!(
                    "the code {:?} was entered into {} as undocumented",
                    code.code, list.table
                ));
            }
        }
        Ok(())
    }

    pub(super) fn report(&self, success: bool) -> FileReport {
        let mut report = FileReport {
            file: self.meta.location.clone(),
            kind: self.kind,
            rows_read: 0,
            rows_upserted: 0,
            rows_inserted: 0,
            rows_updated: 0,
            rows_unchanged: 0,
            rows_rejected: 0,
            rows_superseded: 0,
            warnings: self.warnings.clone(),
            status: match (&self.error, success) {
                (Some(_), _) => FileStatus::Error,
                (None, true) => FileStatus::Success,
                (None, false) => FileStatus::Skipped,
            },
            error: self.error.clone(),
        };
        report.set_counts(self.counts(success));
        report
    }

    pub(super) fn entry(&self, date: Option<&String>, loaded: bool) -> FileEntry {
        let summary = self.staged.as_ref().map(|staged| &staged.summary);
        let last_modified = self
            .meta
            .last_modified
            .and_then(|time| i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok());
        FileEntry {
            id: self.opened.as_ref().map(|(id, _)| *id),
            kind: self.kind,
            load_date: date.cloned(),
            location: self.meta.location.clone(),
            size: self.meta.size,
            last_modified_micros: last_modified,
            e_tag: self.meta.e_tag.clone(),
            version_id: self.meta.version_id.clone(),
            sha256: summary.map(|summary| summary.sha256),
            trailer: summary
                .and_then(|summary| summary.trailer.as_ref())
                .map(|trailer| trailer.text.replace('\0', " ")),
            trailer_field: summary.and_then(|summary| summary.trailer_field()),
            bytes_read: summary.map_or(0, |summary| summary.bytes),
            counts: self.counts(loaded),
            windows_1252_fields: summary.map_or(0, |summary| summary.windows_1252_fields()),
            warnings: self.warnings.clone(),
            phase_milliseconds: self.phase_milliseconds.clone(),
            loaded,
            error: self.error.clone(),
        }
    }

    /// Returns the counts; of a load that failed, none was inserted, updated or found unchanged.
    fn counts(&self, loaded: bool) -> RowCounts {
        let nothing = RowCounts::default();
        let merged = if loaded { &self.counts } else { &nothing };
        RowCounts {
            inserted: merged.inserted,
            updated: merged.updated,
            unchanged: merged.unchanged,
            ..self.counts
        }
    }
}

/// Returns an orphan's line: as it stands in the file, or as the database has put it together.
async fn raw_line(orphan: &Orphan, file: Option<&mut LineReader>) -> Result<Vec<u8>, Error> {
    match file {
        Some(file) => {
            let key = orphan.parent_key.replace(' ', "|");
            file.line_at(orphan.byte_offset, &key).await
        }
        None => Ok(orphan.line.clone().unwrap_or_default().into_bytes()),
    }
}
