//! One file of a load, from staging to merge.

use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};

use cusip_pif::{CodeList, FileKind, ParseOptions};
use cusip_postgres::{
    FileEntry, FileId, FileOutcome, JobId, Load, LoadedFile, Orphan, OrphanLines, RowCounts,
};
use cusip_source::{FileMeta, FileSource};

use crate::error::Error;
use crate::first_rejects::FirstRejects;
use crate::input::{Input, Reopening};
use crate::line_reader::LineReader;
use crate::problem::Reject;
use crate::progress::{Event, Progress};
use crate::report::{FileReport, FileStatus};
use crate::staging::{self, StagedFile, Way};

/// A file of a load, and what is known of it so far.
pub(super) struct FileRun {
    pub(super) kind: FileKind,
    pub(super) location: String,
    pub(super) staged: Option<StagedFile>,
    pub(super) orphans: FirstRejects,
    pub(super) counts: RowCounts,
    pub(super) error: Option<String>,
    /// Whether the master table is empty and ready to be filled.
    pub(super) is_filling: bool,
    /// The file until its turn comes.
    input: Option<Input>,
    meta: Option<FileMeta>,
    /// The file's number in the ledger, and how to read it again, once it was opened.
    opened: Option<(FileId, Reopening)>,
    already_loaded_by: Option<JobId>,
    warnings: Vec<String>,
    phase_milliseconds: Vec<(&'static str, u64)>,
}

impl FileRun {
    pub(super) fn new(input: Input) -> Self {
        Self {
            kind: input.kind(),
            location: input.location().to_owned(),
            staged: None,
            orphans: FirstRejects::default(),
            counts: RowCounts::default(),
            error: None,
            is_filling: false,
            meta: input.meta().cloned(),
            input: Some(input),
            opened: None,
            already_loaded_by: None,
            warnings: Vec::new(),
            phase_milliseconds: Vec::new(),
        }
    }

    /// Returns what is known of a file of a day, as long as it was not its turn.
    pub(super) fn listing(&self) -> Option<(FileMeta, Arc<dyn FileSource>)> {
        self.input.as_ref()?.listing()
    }

    /// Returns how many bytes the file has, if that is known.
    pub(super) fn size(&self) -> Option<u64> {
        self.meta.as_ref()?.size
    }

    /// Returns how many bytes the file has, if it can be read twice.
    pub(super) fn bytes_to_read_twice(&self) -> Option<u64> {
        let input = self.input.as_ref()?;
        self.meta
            .as_ref()?
            .size
            .filter(|_| input.can_be_read_again())
    }

    /// Notes that nothing of the file is to be loaded, since it was loaded before.
    pub(super) fn already_loaded(&mut self, loaded: &LoadedFile, option: fn(&str) -> String) {
        self.already_loaded_by = Some(loaded.job);
        if loaded.rejected > 0 {
            self.warnings.push(format!(
                "job {} had loaded it with {} rejects; mend those, or load it again ({})",
                loaded.job,
                loaded.rejected,
                option("force")
            ));
        }
    }

    pub(super) const fn is_already_loaded(&self) -> bool {
        self.already_loaded_by.is_some()
    }

    /// Tells whether the file's turn has come.
    pub(super) const fn was_opened(&self) -> bool {
        self.opened.is_some()
    }

    pub(super) async fn stage(
        &mut self,
        load: &mut Load,
        date: Option<&str>,
        options: ParseOptions,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let Some(input) = self.input.take() else {
            return Ok(());
        };
        let (file, again) = input.open().await?;
        self.meta = Some(file.meta.clone());
        let id = load
            .start_file(&self.entry(date, FileOutcome::Failed))
            .await?;
        let way = match file.meta.size {
            _ if self.is_filling => Way::Filling,
            Some(size)
                if again.is_possible() && load.is_worth_comparing(self.kind, size).await? =>
            {
                Way::Differences
            }
            _ => Way::Everything,
        };
        self.opened = Some((id, again));
        let staged = staging::stage(load, self.kind, id, file, options, way, progress).await?;
        match staged {
            Some(staged) => self.has_staged(staged),
            None => (self.read_again(load, Way::Everything, options, progress)).await?,
        }
        self.hold_against_earlier(load, date).await
    }

    /// Stages a file again that has filled its table with repeated keys or orphans.
    pub(super) async fn stage_again(
        &mut self,
        load: &mut Load,
        date: Option<&str>,
        options: ParseOptions,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        self.is_filling = false;
        self.phase_milliseconds.clear();
        (self.read_again(load, Way::EverythingAgain, options, progress)).await?;
        self.hold_against_earlier(load, date).await
    }

    /// Reads the file from its beginning once more.
    async fn read_again(
        &mut self,
        load: &mut Load,
        way: Way,
        options: ParseOptions,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let opened = self.opened.as_ref().zip(self.meta.as_ref());
        let ((id, again), meta) = opened.expect("the file was read before");
        let file = again.open(meta).await?;
        let file = file.expect("only what can be read again goes another way first");
        let staged = staging::stage(load, self.kind, *id, file, options, way, progress).await?;
        self.has_staged(staged.expect("everything is staged of any file"));
        Ok(())
    }

    fn has_staged(&mut self, staged: StagedFile) {
        self.counts.read = staged.summary.rows_read;
        self.counts.rejected = staged.summary.rows_rejected;
        let phase = match staged.way {
            Way::Filling => "fill",
            Way::Differences => "compare",
            Way::Everything | Way::EverythingAgain => "copy",
        };
        self.phase_milliseconds
            .push((phase, staged.duration.as_millis() as u64));
        self.staged = Some(staged);
    }

    /// Holds what was read against the files of this kind that were loaded before.
    async fn hold_against_earlier(&mut self, load: &Load, date: Option<&str>) -> Result<(), Error> {
        let learnt = load.trailer_field(self.kind).await?;
        let Some(staged) = &mut self.staged else {
            return Ok(());
        };
        let summary = &mut staged.summary;
        summary.expect_count_in(learnt);
        self.warnings = summary.warning_messages();
        if summary.rows_read == 0
            && let Some((job, rows)) = load.last_with_records(self.kind).await?
        {
            self.warnings.push(format!(
                "it has no records, where the last file of its kind, of job {job}, had {rows}"
            ));
        }
        if let Some(date) = date
            && summary.rows_read > 0
            && let Some(other) = load
                .same_content_of_other_day(self.kind, date, &summary.sha256)
                .await?
        {
            self.warnings.push(format!(
                "it is the same, byte by byte, as the file of {} that job {} loaded",
                other.date, other.job
            ));
        }
        Ok(())
    }

    /// Returns what shows that the file is not whole.
    pub(super) fn cut_off(&self) -> Option<Error> {
        let summary = &self.staged.as_ref()?.summary;
        let location = self.location.clone();
        let rows_read = summary.rows_read;
        if let Some(line) = summary.overrun_trailer() {
            return Some(Error::RecordsAfterTrailer { location, line });
        }
        let Some(trailer) = &summary.trailer else {
            return Some(Error::NoTrailer {
                location,
                rows_read,
            });
        };
        let field = summary.contradicted_field()?;
        Some(Error::RecordsLost {
            location,
            rows_read,
            field,
            trailer: trailer.text.clone(),
        })
    }

    /// Removes repeated keys and orphans from the staged records. Of a table that was filled, it only
    /// tells whether there are any: then the file has to be staged after all.
    pub(super) async fn check(
        &mut self,
        load: &Load,
        progress: &dyn Progress,
    ) -> Result<bool, Error> {
        progress.event(Event::Checking { kind: self.kind });
        let started = Instant::now();
        let is_good = if self.is_filling {
            load.make_keys(self.kind).await?
        } else {
            self.check_staged(load).await?;
            true
        };
        self.phase_milliseconds
            .push(("check", started.elapsed().as_millis() as u64));
        Ok(is_good)
    }

    async fn check_staged(&mut self, load: &Load) -> Result<(), Error> {
        load.analyze_staged(self.kind).await?;
        let ascending = self
            .staged
            .as_ref()
            .is_some_and(|staged| staged.summary.ascending);
        if !ascending {
            self.counts.superseded = load.remove_superseded(self.kind).await?;
        }
        self.reject_orphans(load).await
    }

    /// Removes the orphans from the staged records and keeps them in the ledger.
    async fn reject_orphans(&mut self, load: &Load) -> Result<(), Error> {
        let Some(((id, again), meta)) = self.opened.as_ref().zip(self.meta.as_ref()) else {
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
                file = again.open(meta).await?.map(LineReader::new);
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
        if self.is_filling {
            load.make_indexes(self.kind).await?;
            self.counts.inserted = self.counts.read - self.counts.rejected;
        } else {
            let merged = load.merge(self.kind).await?;
            let known_before = self.staged.as_ref().map_or(0, |staged| staged.unchanged);
            self.counts.inserted = merged.inserted;
            self.counts.updated = merged.updated;
            self.counts.unchanged = known_before + merged.unchanged;
        }
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
        let status = match &self.error {
            Some(_) => FileStatus::Error,
            None if success && !self.is_already_loaded() => FileStatus::Success,
            None => FileStatus::Skipped,
        };
        let mut report = FileReport::new(self.location.clone(), self.kind, status);
        report.warnings.clone_from(&self.warnings);
        report.already_loaded_by = self.already_loaded_by.map(|job| job.0);
        report.error.clone_from(&self.error);
        report.set_counts(self.counts(success));
        report
    }

    /// Returns the file's row in the ledger, at the end of a load that came to this.
    pub(super) fn entry(&self, date: Option<&str>, outcome: FileOutcome) -> FileEntry {
        let summary = self.staged.as_ref().map(|staged| &staged.summary);
        let meta = self.meta.as_ref();
        let last_modified = meta
            .and_then(|meta| meta.last_modified)
            .and_then(|time| i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok());
        FileEntry {
            id: self.opened.as_ref().map(|(id, _)| *id),
            kind: self.kind,
            load_date: date.map(str::to_owned),
            location: self.location.clone(),
            size: meta.and_then(|meta| meta.size),
            last_modified_micros: last_modified,
            e_tag: meta.and_then(|meta| meta.e_tag.clone()),
            version_id: meta.and_then(|meta| meta.version_id.clone()),
            sha256: summary.map(|summary| summary.sha256),
            trailer: summary
                .and_then(|summary| summary.trailer.as_ref())
                .map(|trailer| trailer.text.replace('\0', " ")),
            trailer_field: summary.and_then(|summary| summary.trailer_field()),
            bytes_read: summary.map_or(0, |summary| summary.bytes),
            counts: self.counts(matches!(
                outcome,
                FileOutcome::Loaded | FileOutcome::Skipped
            )),
            windows_1252_fields: summary.map_or(0, |summary| summary.windows_1252_fields()),
            warnings: self.warnings.clone(),
            phase_milliseconds: self.phase_milliseconds.clone(),
            outcome: (self.already_loaded_by).map_or(outcome, FileOutcome::AlreadyLoaded),
            error: self.error.clone(),
        }
    }

    /// Returns the counts; of a load that failed, none was inserted, updated or found unchanged.
    fn counts(&self, merged: bool) -> RowCounts {
        let nothing = RowCounts::default();
        let merged = if merged { &self.counts } else { &nothing };
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
