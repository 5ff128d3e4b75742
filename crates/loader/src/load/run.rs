//! A load from its first file to its commit.

use std::future::Future;

use cusip_pif::{Date, ParseOptions};
use cusip_postgres::{Database, FileEntry, FileOutcome, JobEnd, JobId, Load, RowCounts};

use super::file_run::FileRun;
use super::{LoadFailure, guard};
use crate::error::{Error, text};
use crate::options::LoadOptions;
use crate::progress::{Event, Progress};
use crate::report::LoadReport;
use crate::request::LoadRequest;
use crate::stop::{StopReason, StopSwitch};

/// A load that is under way, and what is known of it for report and ledger.
pub(super) struct Run {
    job: Option<JobId>,
    date: Option<Date>,
    dry_run: bool,
    files: Vec<FileRun>,
}

impl Run {
    pub(super) const fn new(request: &LoadRequest) -> Self {
        Self {
            job: None,
            date: request.date(),
            dry_run: request.options.dry_run,
            files: Vec::new(),
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
        let prepared = unless_stopped(stop, self.prepare(&mut load, request, progress)).await;
        if let Err(error) = prepared {
            load.cancel().await;
            return Err(error);
        }
        if self.dry_run {
            load.roll_back().await;
            let entries = self.entries(FileOutcome::Skipped);
            return Ok(database.end_job(job, JobEnd::DryRun, &entries).await?);
        }
        progress.event(Event::Committing);
        let entries = self.entries(FileOutcome::Loaded);
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
        let inputs = request.files.find(&options).await?;
        self.files = inputs.into_iter().map(FileRun::new).collect();
        if let Some(date) = self.date {
            guard::examine(load, &mut self.files, date, &options).await?;
        }
        let parse = ParseOptions::default().with_check_digits(options.check_digits);
        let date = self.date.map(|date| date.to_string());
        let date = date.as_deref();
        for file in to_be_loaded(&mut self.files) {
            let staged = file.stage(load, date, parse, progress).await;
            staged.inspect_err(|error| file.error = Some(text(error)))?;
        }
        for file in to_be_loaded(&mut self.files) {
            let checked = file.check(load, progress).await;
            checked.inspect_err(|error| file.error = Some(text(error)))?;
        }
        self.judge(&options)?;
        for file in to_be_loaded(&mut self.files) {
            let merged = file.merge(load, date, progress).await;
            merged.inspect_err(|error| file.error = Some(text(error)))?;
        }
        Ok(())
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
        let message = self.message();
        self.report(true, message)
    }

    fn message(&self) -> String {
        let known = self.files.iter().filter(|file| file.is_already_loaded());
        let known = match known.count() {
            0 => String::new(),
            all if all == self.files.len() => {
                return "nothing to do: every file was loaded before".to_owned();
            }
            1 => ", 1 file was loaded before".to_owned(),
            some => format!(", {some} files were loaded before"),
        };
        let sum = |count: fn(&RowCounts) -> u64| -> u64 {
            self.files.iter().map(|file| count(&file.counts)).sum()
        };
        let counts = format!(
            "{} records: {} inserted, {} updated, {} unchanged, {} rejected, {} superseded{known}",
            sum(|counts| counts.read),
            sum(|counts| counts.inserted),
            sum(|counts| counts.updated),
            sum(|counts| counts.unchanged),
            sum(|counts| counts.rejected),
            sum(|counts| counts.superseded),
        );
        if self.dry_run {
            format!("dry run, rolled back: {counts}")
        } else {
            format!("loaded {counts}")
        }
    }

    pub(super) async fn failed(self, database: &Database, error: Error) -> Box<LoadFailure> {
        let message = text(&error);
        if let Some(job) = self.job {
            let code = error.code();
            let (end, outcome) = match &error {
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
                        code,
                        error: &message,
                    },
                    FileOutcome::Failed,
                ),
            };
            let entered = database.end_job(job, end, &self.entries(outcome)).await;
            if let Err(problem) = entered {
                tracing::warn!(
                    job.id = job.0,
                    problem = text(&problem),
                    "the ledger could not take the load's end"
                );
            }
        }
        Box::new(LoadFailure {
            error,
            report: self.report(false, message),
        })
    }

    fn entries(&self, outcome: FileOutcome) -> Vec<FileEntry> {
        let date = self.date.map(|date| date.to_string());
        let entry = |file: &FileRun| file.entry(date.as_deref(), outcome);
        self.files.iter().map(entry).collect()
    }

    fn report(self, success: bool, message: String) -> LoadReport {
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
            message,
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
