//! A load that runs in this process, whoever waits for it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use cusip_loader::{
    Event, FileReport, JobDocument, LoadFailure, LoadReport, LoadRequest, Progress, StopReason,
    StopSwitch,
};
use cusip_pif::FileKind;
use cusip_postgres::{Database, Error as DatabaseError, JobEnd, JobId, JobKind};
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tracing::{Instrument as _, Span};

use crate::job_log::JobLog;
use crate::load_params::LoadParams;
use crate::metrics::Metrics;
use crate::problem::{Code, Problem};

const PANICKED: &str = "the program failed; nothing was loaded, please report this with its log";

/// A load, from its first try to get the load lock to its last word to the ledger.
#[derive(Debug)]
pub(super) struct LoadHandle {
    params: LoadParams,
    stop: StopSwitch,
    stage: watch::Receiver<Stage>,
}

/// A load that was not begun.
#[derive(Debug, Clone)]
pub(super) struct StartError {
    /// Why, as a stable code.
    pub(super) code: &'static str,
    /// The job that was in its way, if it was one.
    pub(super) busy_with: Option<JobId>,
    /// What there is to tell.
    pub(super) report: LoadReport,
}

#[derive(Debug, Clone)]
enum Stage {
    Beginning,
    Running(JobId),
    Ended(JobId),
    Refused(Arc<StartError>),
}

impl LoadHandle {
    /// Begins a load, which goes on whatever becomes of the request that it was begun for.
    pub(super) fn begin(
        database: &Database,
        request: LoadRequest,
        params: LoadParams,
        job_log: &JobLog,
        metrics: &Arc<Metrics>,
    ) -> Arc<Self> {
        let (sender, stage) = watch::channel(Stage::Beginning);
        let stop = StopSwitch::new();
        let span = tracing::info_span!("load", job.id = tracing::field::Empty);
        let running = Running {
            database: database.clone(),
            job_log: job_log.clone(),
            metrics: Arc::clone(metrics),
            kind: params.kind.map_or(JobKind::LoadAll, JobKind::LoadKind),
            date: params.date.to_string(),
            started: Instant::now(),
            stop: stop.clone(),
            stage: sender,
            span: span.clone(),
        };
        tokio::spawn(running.run(request).instrument(span));
        Arc::new(Self {
            params,
            stop,
            stage,
        })
    }

    /// Waits until the load has its job, or is refused.
    pub(super) async fn begun(&self) -> Result<JobId, Arc<StartError>> {
        let mut stage = self.stage.clone();
        let begun = stage.wait_for(|stage| !matches!(stage, Stage::Beginning));
        match &*begun.await.expect("a load says how it ends") {
            Stage::Beginning => unreachable!("that was waited for"),
            Stage::Running(job) | Stage::Ended(job) => Ok(*job),
            Stage::Refused(refusal) => Err(Arc::clone(refusal)),
        }
    }

    /// Waits until the load has ended.
    pub(super) async fn ended(&self) {
        let mut stage = self.stage.clone();
        let ended = stage.wait_for(Stage::is_end);
        ended.await.expect("a load says how it ends");
    }

    pub(super) fn has_ended(&self) -> bool {
        self.stage.borrow().is_end()
    }

    pub(super) fn job(&self) -> Option<JobId> {
        match &*self.stage.borrow() {
            Stage::Running(job) | Stage::Ended(job) => Some(*job),
            Stage::Beginning | Stage::Refused(_) => None,
        }
    }

    pub(super) fn is_of(&self, params: &LoadParams) -> bool {
        self.params == *params
    }

    pub(super) fn stop(&self, reason: StopReason) {
        self.stop.stop(reason);
    }
}

impl Stage {
    const fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Refused(_))
    }
}

/// The load's own side.
struct Running {
    database: Database,
    job_log: JobLog,
    metrics: Arc<Metrics>,
    kind: JobKind,
    date: String,
    started: Instant,
    stop: StopSwitch,
    stage: watch::Sender<Stage>,
    span: Span,
}

impl Running {
    async fn run(self, request: LoadRequest) {
        let load = cusip_loader::load(&self.database, request, &self, &self.stop);
        let outcome = AssertUnwindSafe(load).catch_unwind().await;
        let Stage::Running(job) = *self.stage.borrow() else {
            let refusal = Arc::new(self.refusal(outcome));
            self.stage.send_replace(Stage::Refused(refusal));
            return;
        };
        let (end, files) = match outcome {
            Ok(Ok(report)) => {
                tracing::info!(message = report.message);
                ("succeeded", report.results)
            }
            Ok(Err(failure)) => {
                let code = failure.error.code();
                tracing::error!(error.code = code, "{}", failure.report.message);
                (end_of(&failure.error), failure.report.results)
            }
            Err(_) => {
                self.panicked(job).await;
                ("failed", Vec::new())
            }
        };
        // Before anybody is told of the end, so that whoever asks then finds it counted.
        self.count(job, end, &files).await;
        self.stage.send_replace(Stage::Ended(job));
    }

    async fn panicked(&self, job: JobId) {
        tracing::error!("the load panicked");
        let end = JobEnd::Failed {
            code: Code::Internal.name(),
            error: PANICKED,
        };
        if let Err(error) = self.database.end_job(job, end, &[]).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the ledger could not take the load's end");
        }
    }

    /// Counts the load as the ledger has it, or else as it ended here: one that is lost together with
    /// the database is what alarms are for.
    async fn count(&self, job: JobId, end: &str, files: &[FileReport]) {
        let (document, rejects) = match self.read_job_log(job).await {
            Ok(said) => said,
            Err(_) => {
                tracing::warn!(
                    "the load is counted as it ended here, since the ledger cannot be read"
                );
                tracing::info!(status = end, "load ended");
                let seconds = self.started.elapsed().as_secs_f64();
                self.metrics
                    .load_ended(self.kind.name(), end, Some(seconds));
                files.iter().for_each(|file| self.metrics.file_ended(file));
                return;
            }
        };
        let ended = &document.job;
        // Alarms count these lines (deploy/service.yaml), so they stay as they are.
        tracing::info!(status = ended.status, "load ended");
        self.metrics
            .load_ended(&ended.kind, &ended.status, ended.seconds);
        for file in &document.results {
            self.metrics.file_ended(&file.report);
            self.metrics.phases_ended(file.report.kind, &file.phase_ms);
        }
        for (kind, rule, count) in rejects {
            self.metrics.rejected(kind, &rule, count);
        }
    }

    async fn read_job_log(
        &self,
        job: JobId,
    ) -> Result<(JobDocument, Vec<(FileKind, String, u64)>), Problem> {
        let document = self.job_log.document(job).await?;
        Ok((document, self.job_log.reject_rules(job).await?))
    }

    fn refusal(
        &self,
        outcome: std::thread::Result<Result<LoadReport, Box<LoadFailure>>>,
    ) -> StartError {
        if let Ok(Err(failure)) = outcome {
            let code = failure.error.code();
            tracing::warn!(
                error.code = code,
                "no load was begun: {}",
                failure.report.message
            );
            return StartError {
                code,
                busy_with: busy_with(&failure.error),
                report: failure.report,
            };
        }
        tracing::error!("the load panicked before it was begun");
        StartError {
            code: Code::Internal.name(),
            busy_with: None,
            report: LoadReport::not_begun(PANICKED.to_owned(), Some(self.date.clone())),
        }
    }
}

impl Progress for Running {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Started { job_id } => {
                self.span.record("job.id", job_id);
                self.stage.send_replace(Stage::Running(JobId(job_id)));
                tracing::info!(date = self.date, "the load has begun");
            }
            Event::FileOpened {
                kind,
                location,
                size,
            } => {
                tracing::info!(file.kind = %kind, file.location = location, file.size = size, "reading");
            }
            Event::FileStaged { kind, rows } => {
                tracing::info!(file.kind = %kind, rows.read = rows, "staged");
            }
            Event::Checking { kind } => tracing::info!(file.kind = %kind, "checking"),
            Event::Merging { kind } => tracing::info!(file.kind = %kind, "merging"),
            Event::Committing => tracing::info!("committing"),
            _ => {}
        }
    }
}

/// Returns what the ledger calls a load that ended so.
const fn end_of(error: &cusip_loader::Error) -> &'static str {
    match error {
        cusip_loader::Error::Cancelled => "cancelled",
        cusip_loader::Error::Interrupted => "interrupted",
        _ => "failed",
    }
}

fn busy_with(error: &cusip_loader::Error) -> Option<JobId> {
    match error {
        cusip_loader::Error::Database(DatabaseError::Busy { job, .. }) => {
            job.as_ref().map(|job| job.id)
        }
        _ => None,
    }
}
