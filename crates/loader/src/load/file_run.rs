//! One file of a load, from staging to merge.

use std::time::{Instant, UNIX_EPOCH};

use cusip_pif::{CodeList, FileKind, ParseOptions};
use cusip_postgres::{FileEntry, Load, RowCounts};
use cusip_source::FileMeta;

use crate::error::Error;
use crate::input::Input;
use crate::problem::Reject;
use crate::progress::{Event, Progress};
use crate::report::{FileReport, FileStatus};
use crate::staging::{self, MOST_REJECTS_KEPT, StagedFile};

/// A file of a load, and what is known of it so far.
pub(super) struct FileRun {
    pub(super) kind: FileKind,
    pub(super) meta: FileMeta,
    pub(super) staged: Option<StagedFile>,
    pub(super) orphans: Vec<Reject>,
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
            orphans: Vec::new(),
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
        options: ParseOptions,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let file = input.open().await?;
        self.meta = file.meta.clone();
        let staged = staging::stage(load, self.kind, file, options, progress).await?;
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
        let mut orphans = Vec::new();
        let count = load
            .remove_orphans(self.kind, |orphan| {
                if orphans.len() < MOST_REJECTS_KEPT {
                    orphans.push(Reject::orphan(self.kind, &orphan));
                }
            })
            .await?;
        orphans.sort_by_key(|orphan| orphan.line_number);
        self.orphans = orphans;
        self.counts.rejected += count;
        self.phase_milliseconds
            .push(("check", started.elapsed().as_millis() as u64));
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
