//! A load's files and its outcome, for the report and the job log.

use cusip_jobs::{
    FileOutcome, FileStatus, JobId, JobStatus, LoadReport, Reject, RejectGroup, error_chain,
};
use cusip_pif::{Date, FileKind};
use cusip_postgres::{Database, JobEnd};

use super::LoadFailure;
use super::file::LoadFile;
use crate::error::Error;
use crate::input::Input;
use crate::request::LoadRequest;

/// A load in progress, with what the report and the job log will say.
pub(super) struct Run {
    job: Option<JobId>,
    date: Option<Date>,
    dry_run: bool,
    files: Vec<LoadFile>,
    failure_is_logged: bool,
}

impl Run {
    pub(super) const fn new(request: &LoadRequest) -> Self {
        Self {
            job: None,
            date: request.date(),
            dry_run: request.options().dry_run,
            files: Vec::new(),
            failure_is_logged: false,
        }
    }

    pub(super) const fn started(&mut self, job: JobId) {
        self.job = Some(job);
    }

    pub(super) fn found(&mut self, inputs: Vec<Input>) {
        self.files = inputs.into_iter().map(LoadFile::new).collect();
    }

    pub(super) fn files(&mut self) -> &mut [LoadFile] {
        &mut self.files
    }

    /// Returns the files that were not loaded before, in loading order.
    pub(super) fn files_to_load(&mut self) -> impl Iterator<Item = &mut LoadFile> {
        (self.files.iter_mut()).filter(|file| !file.was_loaded_before())
    }

    /// Forgets what an attempt with another strategy found in the files.
    pub(super) fn start_over(&mut self) {
        self.files_to_load().for_each(LoadFile::start_over);
    }

    pub(super) fn kinds_to_load(&mut self) -> Vec<FileKind> {
        self.files_to_load().map(|file| file.outcome.kind).collect()
    }

    /// Returns the size in bytes of the files to load, if all of them can be read more than once.
    pub(super) fn rereadable_bytes(&mut self) -> Option<u64> {
        let bytes = self
            .files_to_load()
            .map(|file| file.input.rereadable_bytes());
        bytes.sum()
    }

    /// Marks the files as loaded, and returns their outcomes.
    pub(super) fn outcomes_of_success(&mut self) -> Vec<&FileOutcome> {
        for file in self.files_to_load() {
            file.outcome.status = FileStatus::Succeeded;
        }
        self.outcomes()
    }

    pub(super) async fn log_dry_run(
        &mut self,
        database: &Database,
        job: JobId,
    ) -> Result<(), Error> {
        Ok(database
            .end_job(job, &JobEnd::DryRun, &self.outcomes())
            .await?)
    }

    /// Logs the job's failure, unless that was done before.
    pub(super) async fn log_failure(&mut self, database: &Database, error: &Error) {
        let Some(job) = self.job.filter(|_| !self.failure_is_logged) else {
            return;
        };
        let end = JobEnd::NothingLoaded {
            status: match error {
                Error::Cancelled => JobStatus::Cancelled,
                Error::Interrupted => JobStatus::Interrupted,
                _ => JobStatus::Failed,
            },
            code: error.code(),
            error: &error_chain(error),
        };
        self.roll_back_outcomes(error);
        self.log_rejects(database).await;
        match database.end_job(job, &end, &self.outcomes()).await {
            Ok(()) => self.failure_is_logged = true,
            Err(problem) => tracing::warn!(
                job.id = job.0,
                problem = error_chain(&problem),
                "the outcome of the load could not be written to the job log"
            ),
        }
    }

    pub(super) fn succeeded(mut self, job: JobId) -> LoadReport {
        // The report of a dry run says what a load would do.
        self.outcomes_of_success();
        let (results, rejects, groups) = into_parts(self.files);
        LoadReport::succeeded(job, self.date, self.dry_run, results, rejects, groups)
    }

    pub(super) async fn failed(mut self, database: &Database, error: Error) -> Box<LoadFailure> {
        if error.is_outcome_unknown() {
            self.leave_open();
        } else {
            self.log_failure(database, &error).await;
        }
        let (results, rejects, reject_groups) = into_parts(self.files);
        let report = LoadReport {
            job_id: self.job,
            success: false,
            message: error_chain(&error),
            dry_run: self.dry_run,
            date: self.date,
            results,
            rejects,
            reject_groups,
        };
        Box::new(LoadFailure { error, report })
    }

    /// Marks the files as running: only the job log knows their outcome.
    fn leave_open(&mut self) {
        for file in self.files_to_load() {
            file.outcome.status = FileStatus::Running;
        }
    }

    /// Logs the rejects of the files that were read before the load failed.
    async fn log_rejects(&mut self, database: &Database) {
        for file in &mut self.files {
            if let Err(problem) = file.log_rejects(database).await {
                tracing::warn!(
                    file.location = file.outcome.location,
                    problem = error_chain(&problem),
                    "the file's rejects could not be written to the job log"
                );
            }
        }
    }

    /// Marks the outcomes as rolled back, and says why in the good files.
    fn roll_back_outcomes(&mut self, error: &Error) {
        let status = match error {
            Error::Cancelled => FileStatus::Cancelled,
            Error::Interrupted => FileStatus::Interrupted,
            _ => FileStatus::Failed,
        };
        let at_fault = self.files.iter().find(|file| file.outcome.error.is_some());
        let reason = match (error, at_fault) {
            (Error::Cancelled, _) => "the load was canceled".to_owned(),
            (Error::Interrupted, _) => "the program was stopped".to_owned(),
            (_, Some(file)) => format!("{:?} could not be loaded", file.outcome.location),
            (_, None) => "the load failed".to_owned(),
        };
        for LoadFile { outcome, .. } in &mut self.files {
            outcome.counts = outcome.counts.rolled_back();
            if outcome.id.is_some() && outcome.error.is_none() {
                outcome.error = Some(format!("rolled back: {reason}"));
            }
            if outcome.error.is_some() {
                outcome.status = status;
            }
        }
    }

    fn outcomes(&self) -> Vec<&FileOutcome> {
        self.files.iter().map(|file| &file.outcome).collect()
    }
}

fn into_parts(files: Vec<LoadFile>) -> (Vec<FileOutcome>, Vec<Reject>, Vec<RejectGroup>) {
    let (mut rejects, mut groups) = (Vec::new(), Vec::new());
    let results = files.into_iter().map(|file| {
        let (outcome, found) = file.into_parts();
        let (first, grouped) = found.into_report();
        rejects.extend(first);
        groups.extend(grouped);
        outcome
    });
    (results.collect(), rejects, groups)
}
