//! A load from its beginning to its commit, and what becomes of it when it fails.

use std::time::{Instant, UNIX_EPOCH};

use cusip_pif::{CodeList, Date, FileKind, ParseOptions};
use cusip_postgres::{Database, FileEntry, JobId, JobKind, Load, NewJob, RowCounts};
use cusip_source::FileMeta;
use serde_json::json;

use crate::error::Error;
use crate::input::Input;
use crate::options::{LoadOptions, Requester};
use crate::problem::Reject;
use crate::progress::{Event, Progress};
use crate::report::{FileReport, FileStatus, LoadReport};
use crate::staging::{self, StagedFile};

const MOST_REJECTS_KEPT: u64 = 1_000;

/// A load that failed. Nothing of it is in the database but the ledger's record of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoadFailure {
    /// Why it failed.
    pub error: Error,
    /// What became of it, as far as it came.
    pub report: LoadReport,
}

/// What is to be loaded.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoadRequest {
    /// The files, in any order, at most one of each kind.
    pub inputs: Vec<Input>,
    /// The day of the files; nothing for files that were named one by one.
    pub date: Option<Date>,
    /// How the load is done.
    pub options: LoadOptions,
    /// Who asks for it.
    pub requester: Requester,
}

impl LoadRequest {
    /// Asks for files that were named one by one.
    #[must_use]
    pub const fn files(inputs: Vec<Input>, options: LoadOptions, requester: Requester) -> Self {
        Self {
            inputs,
            date: None,
            options,
            requester,
        }
    }

    /// Asks for the files of a day.
    #[must_use]
    pub const fn day(
        date: Date,
        inputs: Vec<Input>,
        options: LoadOptions,
        requester: Requester,
    ) -> Self {
        Self {
            inputs,
            date: Some(date),
            options,
            requester,
        }
    }

    fn job(&self) -> NewJob {
        let mut options = serde_json::Map::new();
        options.insert(
            "max_rejects".to_owned(),
            json!(self.options.max_rejects.to_string()),
        );
        options.insert(
            "check_digits".to_owned(),
            json!(format!("{:?}", self.options.check_digits).to_lowercase()),
        );
        options.insert(
            "allow_missing_trailer".to_owned(),
            json!(self.options.allow_missing_trailer),
        );
        NewJob {
            kind: match self.date {
                Some(_) => JobKind::LoadAll,
                None => JobKind::LoadFiles,
            },
            load_date: self.date.map(|date| date.to_string()),
            started_by: self.requester.user.clone(),
            host: self.requester.host.clone(),
            program: self.requester.program,
            program_version: self.requester.version,
            options,
        }
    }
}

/// Loads files into the database, in one transaction: all of them or nothing.
///
/// The files are staged one after the other in the order issuer, issue, issue attributes, whatever
/// their order in the request. Then the staged records are held against each other and against the
/// database, the rejects against the limit, and only then do the records reach the master tables.
/// All rejects of all files are found in one run. Memory does not grow with the files.
///
/// # Errors
///
/// [`LoadFailure`] with any [`Error`] but those of finding a day's files. The database's data is as
/// it was before, and the ledger says what happened, if the database could still be reached.
pub async fn load(
    database: &Database,
    mut request: LoadRequest,
    progress: &dyn Progress,
) -> Result<LoadReport, Box<LoadFailure>> {
    request.inputs.sort_by_key(Input::kind);
    let job = request.job();
    let mut run = Run::new(&request);
    match run.load(database, request, &job, progress).await {
        Ok(()) => Ok(run.succeeded()),
        Err(error) => Err(run.failed(database, error).await),
    }
}

/// A load that is under way, and what is known of it for report and ledger.
struct Run {
    job: Option<JobId>,
    date: Option<String>,
    files: Vec<FileRun>,
}

struct FileRun {
    kind: FileKind,
    meta: FileMeta,
    staged: Option<StagedFile>,
    orphans: Vec<Reject>,
    counts: RowCounts,
    warnings: Vec<String>,
    phase_milliseconds: Vec<(&'static str, u64)>,
    error: Option<String>,
}

impl Run {
    fn new(request: &LoadRequest) -> Self {
        let file = |input: &Input| FileRun {
            kind: input.kind(),
            meta: input.meta().clone(),
            staged: None,
            orphans: Vec::new(),
            counts: RowCounts::default(),
            warnings: Vec::new(),
            phase_milliseconds: Vec::new(),
            error: None,
        };
        Self {
            job: None,
            date: request.date.map(|date| date.to_string()),
            files: request.inputs.iter().map(file).collect(),
        }
    }

    async fn load(
        &mut self,
        database: &Database,
        request: LoadRequest,
        job: &NewJob,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        self.refuse_same_kinds()?;
        let mut load = database.begin_load(job).await?;
        self.job = Some(load.job());
        if let Err(error) = self.prepare(&mut load, request, progress).await {
            load.roll_back().await;
            return Err(error);
        }
        progress.event(Event::Committing);
        let entries = self.entries(true);
        Ok(load.commit(&entries).await?)
    }

    /// Does everything but the commit.
    async fn prepare(
        &mut self,
        load: &mut Load,
        request: LoadRequest,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let options = request.options;
        let parse = ParseOptions::default().with_check_digits(options.check_digits);
        for (file, input) in self.files.iter_mut().zip(request.inputs) {
            let staged = file.stage(load, input, parse, progress).await;
            staged.inspect_err(|error| file.error = Some(text(error)))?;
        }
        for file in &mut self.files {
            file.check(load, progress).await?;
        }
        self.judge(&options)?;
        for file in &mut self.files {
            file.merge(load, self.date.as_deref(), progress).await?;
        }
        Ok(())
    }

    fn refuse_same_kinds(&self) -> Result<(), Error> {
        for pair in self.files.windows(2) {
            if let [first, second] = pair
                && first.kind == second.kind
            {
                return Err(Error::SameKind {
                    kind: first.kind,
                    first: first.meta.location.clone(),
                    second: second.meta.location.clone(),
                });
            }
        }
        Ok(())
    }

    /// Decides whether the load may go on with what was found in the files.
    fn judge(&mut self, options: &LoadOptions) -> Result<(), Error> {
        if !options.allow_missing_trailer {
            for file in &mut self.files {
                let has_trailer = file
                    .staged
                    .as_ref()
                    .is_some_and(|staged| staged.summary.trailer.is_some());
                if !has_trailer {
                    let error = Error::NoTrailer {
                        location: file.meta.location.clone(),
                        rows_read: file.counts.read,
                    };
                    file.error = Some(error.to_string());
                    return Err(error);
                }
            }
        }
        let read = self.files.iter().map(|file| file.counts.read).sum();
        let rejected = self.files.iter().map(|file| file.counts.rejected).sum();
        if options.max_rejects.allows(rejected, read) {
            return Ok(());
        }
        for file in &mut self.files {
            if file.counts.rejected > 0 {
                file.error = Some(format!("{} records were rejected", file.counts.rejected));
            }
        }
        Err(Error::TooManyRejects {
            rejected,
            read,
            limit: options.max_rejects,
        })
    }

    fn succeeded(self) -> LoadReport {
        let sum = |count: fn(&RowCounts) -> u64| {
            self.files
                .iter()
                .map(|file| count(&file.counts))
                .sum::<u64>()
        };
        let message = format!(
            "loaded {} records: {} inserted, {} updated, {} unchanged, {} rejected, {} superseded",
            sum(|counts| counts.read),
            sum(|counts| counts.inserted),
            sum(|counts| counts.updated),
            sum(|counts| counts.unchanged),
            sum(|counts| counts.rejected),
            sum(|counts| counts.superseded),
        );
        self.report(true, message)
    }

    async fn failed(self, database: &Database, error: Error) -> Box<LoadFailure> {
        let message = text(&error);
        if let Some(job) = self.job {
            let entries = self.entries(false);
            let entered = database
                .fail_job(job, error.code(), &message, &entries)
                .await;
            if let Err(problem) = entered {
                tracing::warn!(
                    job.id = job.0,
                    problem = text(&problem),
                    "the ledger could not take the failure"
                );
            }
        }
        Box::new(LoadFailure {
            error,
            report: self.report(false, message),
        })
    }

    fn entries(&self, loaded: bool) -> Vec<FileEntry> {
        let entry = |file: &FileRun| file.entry(self.date.as_ref(), loaded);
        self.files.iter().map(entry).collect()
    }

    fn report(self, success: bool, message: String) -> LoadReport {
        let mut rejects = Vec::new();
        let mut results = Vec::new();
        for mut file in self.files {
            results.push(file.report(success));
            if let Some(staged) = &mut file.staged {
                rejects.append(&mut staged.rejects);
            }
            rejects.append(&mut file.orphans);
        }
        LoadReport {
            job_id: self.job.map(|job| job.0),
            success,
            message,
            date: self.date,
            results,
            rejects,
        }
    }
}

impl FileRun {
    async fn stage(
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
    async fn check(&mut self, load: &Load, progress: &dyn Progress) -> Result<(), Error> {
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
                if (orphans.len() as u64) < MOST_REJECTS_KEPT {
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

    async fn merge(
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
                    "the code {:?} was entered into {}, whose documentation does not have it",
                    code.code, list.table
                ));
            }
        }
        Ok(())
    }

    fn report(&self, success: bool) -> FileReport {
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

    fn entry(&self, date: Option<&String>, loaded: bool) -> FileEntry {
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

/// Returns an error's text with those of its causes.
fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
