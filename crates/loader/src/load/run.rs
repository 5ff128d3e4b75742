//! A load from its first file to its commit.

use cusip_pif::ParseOptions;
use cusip_postgres::{Database, FileEntry, JobId, Load, NewJob, RowCounts};

use super::file_run::FileRun;
use super::{LoadFailure, LoadRequest};
use crate::error::{Error, text};
use crate::options::LoadOptions;
use crate::progress::{Event, Progress};
use crate::report::LoadReport;

/// A load that is under way, and what is known of it for report and ledger.
pub(super) struct Run {
    job: Option<JobId>,
    date: Option<String>,
    files: Vec<FileRun>,
}

impl Run {
    pub(super) fn new(request: &LoadRequest) -> Self {
        Self {
            job: None,
            date: request.date.map(|date| date.to_string()),
            files: request.inputs.iter().map(FileRun::new).collect(),
        }
    }

    pub(super) async fn load(
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
            let staged = file
                .stage(load, input, self.date.as_ref(), parse, progress)
                .await;
            staged.inspect_err(|error| file.error = Some(text(error)))?;
        }
        for file in &mut self.files {
            let checked = file.check(load, progress).await;
            checked.inspect_err(|error| file.error = Some(text(error)))?;
        }
        self.judge(&options)?;
        for file in &mut self.files {
            let merged = file.merge(load, self.date.as_deref(), progress).await;
            merged.inspect_err(|error| file.error = Some(text(error)))?;
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

    pub(super) fn succeeded(self) -> LoadReport {
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

    pub(super) async fn failed(self, database: &Database, error: Error) -> Box<LoadFailure> {
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
            date: self.date,
            results,
            rejects,
        }
    }
}
