//! The task that runs a load, and logs and counts it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use cusip_jobs::{FileOutcome, JobDocument, JobId, JobKind, JobStatus, LoadReport};
use cusip_loader::{Event, Listener, LoadFailure, LoadRequest, Stop};
use cusip_pif::{Date, FileKind};
use cusip_postgres::{Error as DatabaseError, JobEnd};
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tracing::{Instrument as _, Span};

use super::LoadContext;
use crate::load_params::LoadParams;
use crate::problem::{Code, Problem};

const PANICKED: &str = "the load failed because of a bug in CusipService; nothing was loaded; please report it with the server's log";

/// How far a load has come.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    Starting,
    Running(JobId),
    Ended(JobId, LoadEnd),
    NotStarted(Arc<StartError>),
}

/// How a load ended as seen by its task, in case the job log cannot be read.
#[derive(Debug, Clone)]
pub(crate) enum LoadEnd {
    Succeeded(Arc<LoadReport>),
    Failed,
    /// The connection broke during the commit, and the job log could not be read.
    Unknown,
}

/// Why a load did not start.
#[derive(Debug, Clone)]
pub(super) struct StartError {
    /// The code of the error.
    pub(super) code: &'static str,
    /// The job that is running instead, if the error is that another load is running.
    pub(super) busy_with: Option<JobId>,
    pub(super) report: LoadReport,
}

/// A load that is running in this process.
pub(super) struct LoadTask {
    context: LoadContext,
    kind: JobKind,
    date: Date,
    started: Instant,
    stop: Stop,
    stage: watch::Sender<Stage>,
    span: Span,
}

impl Stage {
    pub(super) const fn is_end(&self) -> bool {
        matches!(self, Self::Ended(..) | Self::NotStarted(_))
    }
}

impl LoadTask {
    /// Runs a load in its own task, and returns its stages.
    pub(super) fn spawn(
        context: LoadContext,
        request: LoadRequest,
        params: &LoadParams,
        stop: Stop,
    ) -> watch::Receiver<Stage> {
        let (sender, stage) = watch::channel(Stage::Starting);
        let span = tracing::info_span!("load", job.id = tracing::field::Empty);
        let task = Self {
            context,
            kind: params.kind.map_or(JobKind::LoadAll, JobKind::from),
            date: params.date,
            started: Instant::now(),
            stop,
            stage: sender,
            span: span.clone(),
        };
        tokio::spawn(task.run(request).instrument(span));
        stage
    }

    async fn run(self, request: LoadRequest) {
        let load = cusip_loader::load(&self.context.database, request, &self, &self.stop);
        let outcome = AssertUnwindSafe(load).catch_unwind().await;
        let Stage::Running(job) = *self.stage.borrow() else {
            let error = Arc::new(self.start_error(outcome));
            self.stage.send_replace(Stage::NotStarted(error));
            return;
        };
        let (status, files, end) = match outcome {
            Ok(Ok(report)) => {
                tracing::info!(message = report.message);
                let files = report.results.clone();
                let end = LoadEnd::Succeeded(Arc::new(report));
                (JobStatus::Succeeded, files, end)
            }
            Ok(Err(failure)) => {
                let code = failure.error.code();
                tracing::error!(error.code = code, "{}", failure.report.message);
                let end = match failure.error.is_outcome_unknown() {
                    true => LoadEnd::Unknown,
                    false => LoadEnd::Failed,
                };
                (job_status(&failure.error), failure.report.results, end)
            }
            Err(_) => {
                self.record_panic(job).await;
                (JobStatus::Failed, Vec::new(), LoadEnd::Failed)
            }
        };
        // Count first: a client that sees that the load has ended must also see it counted.
        self.count(job, status, &files).await;
        self.stage.send_replace(Stage::Ended(job, end));
    }

    async fn record_panic(&self, job: JobId) {
        tracing::error!("load panicked");
        let end = JobEnd::NothingLoaded {
            status: JobStatus::Failed,
            code: Code::Internal.name(),
            error: PANICKED,
        };
        if let Err(error) = self.context.database.end_job(job, &end, &[]).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "cannot record the outcome of the load in the job log"
            );
        }
    }

    /// Counts the load as the job log recorded it.
    ///
    /// If the job log cannot be read, counts it as it ended here: alarms must not miss a load that
    /// fails together with the database.
    async fn count(&self, job: JobId, status: JobStatus, files: &[FileOutcome]) {
        let metrics = &self.context.metrics;
        let (document, rejects) = match self.read_job_log(job).await {
            Ok(read) => read,
            Err(_) => {
                tracing::warn!("cannot read the job log; counting the load as it ended here");
                tracing::info!(status = status.name(), "load ended");
                let seconds = self.started.elapsed().as_secs_f64();
                metrics.load_ended(self.kind, status, Some(seconds));
                files.iter().for_each(|file| metrics.file_ended(file));
                return;
            }
        };
        let ended = &document.job;
        // Alarms count this line and the one above (deploy/service.yaml). Change them together.
        tracing::info!(status = ended.status.name(), "load ended");
        metrics.load_ended(ended.kind, ended.status, ended.seconds);
        for file in &document.results {
            metrics.file_ended(file);
            metrics.phases_ended(file);
        }
        for (kind, rule, count) in rejects {
            metrics.rejected(kind, &rule, count);
        }
    }

    async fn read_job_log(
        &self,
        job: JobId,
    ) -> Result<(JobDocument, Vec<(FileKind, String, u64)>), Problem> {
        let document = self.context.job_log.document(job).await?;
        Ok((document, self.context.job_log.reject_rules(job).await?))
    }

    fn start_error(
        &self,
        outcome: std::thread::Result<Result<LoadReport, Box<LoadFailure>>>,
    ) -> StartError {
        if let Ok(Err(failure)) = outcome {
            let (error, mut report) = (failure.error, failure.report);
            if let Some(hint) = cusip_config::hint(&error) {
                report.message.push_str(&format!("; {hint}"));
            }
            let code = error.code();
            tracing::warn!(error.code = code, "load not started: {}", report.message);
            return StartError {
                code,
                busy_with: running_job(&error),
                report,
            };
        }
        tracing::error!("load panicked before it started");
        StartError {
            code: Code::Internal.name(),
            busy_with: None,
            report: LoadReport::not_started(PANICKED.to_owned(), Some(self.date)),
        }
    }
}

impl Listener for LoadTask {
    fn event(&self, event: Event<'_>, percent: Option<f64>) {
        if let Event::Started { job } = event {
            self.span.record("job.id", job.0);
            self.stage.send_replace(Stage::Running(job));
            tracing::info!(date = %self.date, "load started");
        }
        event.log(percent);
    }
}

/// Returns the status that a job has in the job log after this error.
const fn job_status(error: &cusip_loader::Error) -> JobStatus {
    match error {
        cusip_loader::Error::Cancelled => JobStatus::Cancelled,
        cusip_loader::Error::Interrupted => JobStatus::Interrupted,
        _ => JobStatus::Failed,
    }
}

/// Returns the job that is running instead, if that is why the load did not start.
fn running_job(error: &cusip_loader::Error) -> Option<JobId> {
    match error {
        cusip_loader::Error::Database(DatabaseError::Busy { job, .. }) => {
            job.as_ref().map(|job| job.id)
        }
        _ => None,
    }
}
