//! A load from its first file to its commit.

use std::future::Future;

use cusip_pif::{Date, ParseOptions};
use cusip_postgres::{Database, FileEntry, FileOutcome, JobEnd, JobId, Load};

use super::file_run::FileRun;
use super::heartbeat::Heartbeat;
use super::{LoadFailure, guard};
use crate::error::{Error, text};
use crate::options::LoadOptions;
use crate::progress::{Event, Progress};
use crate::report::{LoadReport, success_message};
use crate::request::LoadRequest;
use crate::stop::{StopReason, StopSwitch};

/// Below that, to make the indexes anew costs more than it saves.
const LEAST_BYTES_TO_FILL: u64 = 4 * 1024 * 1024;

/// A load that is under way, and what is known of it for report and ledger.
pub(super) struct Run {
    job: Option<JobId>,
    date: Option<Date>,
    dry_run: bool,
    /// Says how an option is given to the program.
    option: fn(&str) -> String,
    files: Vec<FileRun>,
    failure_is_entered: bool,
}

impl Run {
    pub(super) const fn new(request: &LoadRequest) -> Self {
        Self {
            job: None,
            date: request.date(),
            dry_run: request.options.dry_run,
            option: request.requester.option,
            files: Vec::new(),
            failure_is_entered: false,
        }
    }

    pub(super) async fn load(
        &mut self,
        database: &Database,
        request: LoadRequest,
        progress: &dyn Progress,
        stop: &StopSwitch,
    ) -> Result<(), Error> {
        request.files.refuse_same_kinds()?;
        let job = request.job();
        let begun = unless_stopped(stop, async { Ok(database.begin_load(&job).await?) }).await;
        let mut load = match begun {
            Ok(load) => load,
            // Who names files that are not there is told so, whatever is wrong with the database.
            Err(Error::Database(error)) if error.is_unavailable() => {
                request.files.find(&request.options).await?;
                return Err(error.into());
            }
            Err(error) => return Err(error),
        };
        let job = load.job();
        self.job = Some(job);
        progress.event(Event::Started { job_id: job.0 });
        let heartbeat = Heartbeat::new(database, job, progress, stop);
        let prepare = unless_stopped(stop, self.prepare(&mut load, request, &heartbeat));
        // Its end is on record before the lock is free: a job that is marked running while the lock is
        // free is taken for dead.
        if let Err(error) = heartbeat.beat_during(prepare).await {
            self.enter_failure(database, &error).await;
            load.cancel().await;
            return Err(error);
        }
        if self.dry_run {
            let entries = self.entries(FileOutcome::Skipped);
            let entered = database.end_job(job, JobEnd::DryRun, &entries).await;
            load.roll_back().await;
            return Ok(entered?);
        }
        heartbeat.event(Event::Committing);
        heartbeat.beat().await;
        let entries = self.entries(FileOutcome::Loaded);
        match load.commit(&entries).await {
            Err(cusip_postgres::Error::Cancelled { .. }) => Err(Error::Cancelled),
            committed => Ok(committed?),
        }
    }

    /// Does everything but the commit.
    async fn prepare(
        &mut self,
        load: &mut Load,
        request: LoadRequest,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let options = request.options;
        let inputs = request.files.find(&options).await?;
        self.files = inputs.into_iter().map(FileRun::new).collect();
        if let Some(date) = self.date {
            guard::examine(load, &mut self.files, date, &options, self.option).await?;
        }
        let bytes = self.files.iter().filter(|file| !file.is_already_loaded());
        let bytes = bytes.map(FileRun::size).sum();
        progress.event(Event::FilesFound { bytes });
        let parse = ParseOptions::default().with_check_digits(options.check_digits);
        let date = self.date.map(|date| date.to_string());
        let date = date.as_deref();
        self.begin_filling(load).await?;
        for file in to_be_loaded(&mut self.files) {
            let staged = file.stage(load, date, parse, progress).await;
            staged.inspect_err(|error| file.error = Some(text(error)))?;
        }
        if !self.check(load, progress).await? {
            load.abandon_filling().await?;
            for file in to_be_loaded(&mut self.files) {
                let staged = file.stage_again(load, date, parse, progress).await;
                staged.inspect_err(|error| file.error = Some(text(error)))?;
            }
            self.check(load, progress).await?;
        }
        self.judge(&options)?;
        for file in to_be_loaded(&mut self.files) {
            let merged = file.merge(load, date, progress).await;
            merged.inspect_err(|error| file.error = Some(text(error)))?;
        }
        Ok(())
    }

    /// Has empty tables filled directly, if that is worth it and every file can be read again should
    /// it lead nowhere.
    async fn begin_filling(&mut self, load: &mut Load) -> Result<(), Error> {
        let mut bytes = Some(0);
        let mut candidates = Vec::new();
        for file in to_be_loaded(&mut self.files) {
            bytes = bytes
                .zip(file.bytes_to_read_twice())
                .map(|(sum, more)| sum + more);
            candidates.push(file.kind);
        }
        if bytes.is_none_or(|bytes| bytes < LEAST_BYTES_TO_FILL) {
            return Ok(());
        }
        let filled = load.begin_filling(&candidates).await?;
        for file in to_be_loaded(&mut self.files) {
            file.is_filling = filled.contains(&file.kind);
        }
        Ok(())
    }

    /// Holds what was read against the database, and tells whether that is all that has to be done.
    async fn check(&mut self, load: &Load, progress: &dyn Progress) -> Result<bool, Error> {
        for file in to_be_loaded(&mut self.files) {
            let checked = file.check(load, progress).await;
            if !checked.inspect_err(|error| file.error = Some(text(error)))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Decides whether the load may go on with what was found in the files.
    fn judge(&mut self, options: &LoadOptions) -> Result<(), Error> {
        if !options.allow_missing_trailer {
            for file in &mut self.files {
                if let Some(error) = file.cut_off() {
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

    pub(super) fn succeeded(self) -> LoadReport {
        self.report(None)
    }

    pub(super) async fn failed(mut self, database: &Database, error: Error) -> Box<LoadFailure> {
        self.enter_failure(database, &error).await;
        let message = self.message(&error);
        Box::new(LoadFailure {
            error,
            report: self.report(Some(message)),
        })
    }

    /// Enters the failure of the job, unless there is none or that was done before.
    async fn enter_failure(&mut self, database: &Database, error: &Error) {
        let Some(job) = self.job.filter(|_| !self.failure_is_entered) else {
            return;
        };
        self.note_roll_back(error);
        let message = self.message(error);
        let (end, outcome) = match error {
            Error::Cancelled => (
                JobEnd::Cancelled { error: &message },
                FileOutcome::Cancelled,
            ),
            Error::Interrupted => (
                JobEnd::Interrupted { error: &message },
                FileOutcome::Interrupted,
            ),
            _ => (
                JobEnd::Failed {
                    code: error.code(),
                    error: &message,
                },
                FileOutcome::Failed,
            ),
        };
        match database.end_job(job, end, &self.entries(outcome)).await {
            Ok(()) => self.failure_is_entered = true,
            Err(problem) => tracing::warn!(
                job.id = job.0,
                problem = text(&problem),
                "the ledger could not take the load's end"
            ),
        }
    }

    /// Says of the files that were read, and that nothing is wrong with, why they are not loaded.
    fn note_roll_back(&mut self, error: &Error) {
        let at_fault = self.files.iter().find(|file| file.error.is_some());
        let reason = match (error, at_fault) {
            (Error::Cancelled, _) => "the load was cancelled".to_owned(),
            (Error::Interrupted, _) => "the program was stopped".to_owned(),
            (_, Some(file)) => format!("{:?} could not be loaded", file.location),
            (_, None) => "the load failed".to_owned(),
        };
        for file in &mut self.files {
            if file.was_opened() && file.error.is_none() {
                file.error = Some(format!("rolled back: {reason}"));
            }
        }
    }

    /// Says what went wrong and what may be done about it, in the words of the program's users.
    fn message(&self, error: &Error) -> String {
        let message = text(error);
        match error.option() {
            Some(option) => format!("{message} ({})", (self.option)(option)),
            None => message,
        }
    }

    fn entries(&self, outcome: FileOutcome) -> Vec<FileEntry> {
        let date = self.date.map(|date| date.to_string());
        let entry = |file: &FileRun| file.entry(date.as_deref(), outcome);
        self.files.iter().map(entry).collect()
    }

    /// Makes the report of a success, or of the failure with this message.
    fn report(self, failure: Option<String>) -> LoadReport {
        let success = failure.is_none();
        let mut rejects = Vec::new();
        let mut results = Vec::new();
        for file in self.files {
            results.push(file.report(success));
            let bad_records = file.staged.map(|staged| staged.rejects.into_vec());
            rejects.extend(bad_records.into_iter().flatten());
            rejects.extend(file.orphans.into_vec());
        }
        LoadReport {
            job_id: self.job.map(|job| job.0),
            success,
            message: failure.unwrap_or_else(|| success_message(&results, self.dry_run)),
            dry_run: self.dry_run,
            date: self.date.map(|date| date.to_string()),
            results,
            rejects,
        }
    }
}

fn to_be_loaded(files: &mut [FileRun]) -> impl Iterator<Item = &mut FileRun> {
    files.iter_mut().filter(|file| !file.is_already_loaded())
}

/// Waits for the work, or until it is stopped: then the work is dropped where it stands.
async fn unless_stopped<T>(
    stop: &StopSwitch,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        reason = stop.stopped() => Err(match reason {
            StopReason::Cancelled => Error::Cancelled,
            StopReason::ProgramEnds => Error::Interrupted,
        }),
        done = work => done,
    }
}
