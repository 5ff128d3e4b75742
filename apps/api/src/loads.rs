//! Loads: starts them, waits for them, and cancels them.
//!
//! A process runs at most one load, and so does the whole database. A request for a load that is already
//! running joins it: here through its [`LoadHandle`], elsewhere (on another replica, or in `cusip load`)
//! by polling the job log.

mod load_handle;
mod load_task;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono_tz::Tz;
use cusip_config::today;
use cusip_connect::PoolState;
use cusip_jobs::{Caller, JobId, JobStatus, Requester};
use cusip_loader::LoadRequest;
use cusip_postgres::Database;
use cusip_source::FileSource;
use tokio::time::{Instant, sleep, timeout};

use self::load_handle::LoadHandle;
pub(crate) use self::load_task::LoadEnd;
use crate::job_log::JobLog;
use crate::load_params::LoadParams;
use crate::metrics::Metrics;
use crate::problem::{Code, Problem};
use crate::shutdown::{ROLLBACK_TIME, Shutdown};

const FIRST_POLL: Duration = Duration::from_millis(250);
const MAX_POLL: Duration = Duration::from_secs(1);
/// How long a program may take to end a job that was canceled, before its session is ended.
const CANCEL_WAIT: Duration = Duration::from_secs(3);
/// How often to try if another load holds the lock but its job cannot be found.
const TRIES: u32 = 2;

/// Starts loads, and waits for those that are running, here or elsewhere.
#[derive(Debug)]
pub(crate) struct Loads {
    context: LoadContext,
    source: Arc<dyn FileSource>,
    requester: Requester,
    /// Decides which day is today.
    timezone: Tz,
    shutdown: Shutdown,
    /// The load that this process started last.
    last: Mutex<Option<Arc<LoadHandle>>>,
}

/// What a load needs while it is running.
#[derive(Debug, Clone)]
pub(crate) struct LoadContext {
    pub(crate) database: Database,
    pub(crate) job_log: JobLog,
    pub(crate) metrics: Arc<Metrics>,
}

impl Loads {
    pub(crate) const fn new(
        context: LoadContext,
        source: Arc<dyn FileSource>,
        requester: Requester,
        timezone: Tz,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            context,
            source,
            requester,
            timezone,
            shutdown,
            last: Mutex::new(None),
        }
    }

    pub(crate) fn pool_state(&self) -> PoolState {
        self.context.database.pool().state()
    }

    /// Returns whether a load is running in this process.
    pub(crate) fn is_running(&self) -> bool {
        self.last().is_some_and(|load| !load.has_ended())
    }

    /// Starts a load, or joins the same one if it is already running, and waits for it for at most
    /// `wait`. Returns its job.
    pub(crate) async fn load(
        &self,
        params: &LoadParams,
        caller: Caller,
        wait: Duration,
    ) -> Result<JobId, Problem> {
        let job = self.start_or_join(params, caller).await?;
        if !wait.is_zero() {
            let waited = self.wait(job, wait).await;
            waited.map_err(|problem| problem.about(job))?;
        }
        Ok(job)
    }

    /// Returns how a job of this process ended, or `None` if it has not ended or runs elsewhere.
    pub(crate) fn end(&self, job: JobId) -> Option<LoadEnd> {
        self.here(job)?.end()
    }

    /// Waits a few seconds for a job that is marked as canceled. If it keeps running, ends its session:
    /// its program has stopped or hangs.
    pub(crate) async fn cancel(&self, job: JobId) -> Result<(), Problem> {
        // A load in this process need not wait until it polls the job log.
        if let Some(load) = self.here(job) {
            load.stop().cancel.cancel();
        }
        self.wait(job, CANCEL_WAIT).await?;
        if self.context.job_log.job(job).await?.status == JobStatus::Running {
            match self.context.job_log.end_cancelled(job).await {
                Ok(true) => tracing::warn!(job.id = job.0, "ended the session of a canceled job"),
                Ok(false) => {}
                Err(problem) => {
                    let problem = problem.detail();
                    tracing::warn!(job.id = job.0, problem, "a canceled job is still running");
                }
            }
        }
        Ok(())
    }

    /// Gives the running load the shutdown's grace period to end, then rolls it back.
    pub(crate) async fn shut_down(&self) {
        let Some(load) = self.last() else {
            return;
        };
        if timeout(self.shutdown.grace(), load.ended()).await.is_ok() {
            return;
        }
        tracing::warn!("load did not end within the grace period; rolling it back");
        load.stop().interrupt.cancel();
        if timeout(ROLLBACK_TIME, load.ended()).await.is_err() {
            tracing::error!("rollback did not finish in time; the database will complete it");
        }
    }

    async fn start_or_join(&self, params: &LoadParams, caller: Caller) -> Result<JobId, Problem> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (load, is_same) = self.current_or_new(params, &caller);
            let error = match load.started().await {
                Ok(job) if is_same => return Ok(job),
                Ok(job) => return Err(busy(job)),
                // The other load never started, so it does not block this one.
                Err(_) if !is_same => continue,
                Err(error) => error,
            };
            if error.code != Code::Busy.name() {
                return Err(Problem::failed_load(error.code, error.report.clone()));
            }
            match error.busy_with {
                Some(job) => return self.join_elsewhere(job, params).await,
                None if tries < TRIES => {}
                None => return Err(Problem::new(Code::Busy, &error.report.message)),
            }
        }
    }

    /// Returns the load that is running here, or else starts one, and whether it has these parameters.
    fn current_or_new(&self, params: &LoadParams, caller: &Caller) -> (Arc<LoadHandle>, bool) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(load) = &*last
            && !load.has_ended()
        {
            return (Arc::clone(load), load.has_params(params));
        }
        let request = self.request(params, Some(caller.clone()));
        let load = Arc::new(LoadHandle::start(&self.context, request, params.clone()));
        *last = Some(Arc::clone(&load));
        (load, true)
    }

    /// Returns a job that is running elsewhere, if it was started with the same parameters.
    async fn join_elsewhere(&self, job: JobId, params: &LoadParams) -> Result<JobId, Problem> {
        let running = self.context.job_log.job(job).await?;
        if self.request(params, None).is_same_as(&running) {
            Ok(job)
        } else {
            Err(busy(job))
        }
    }

    fn request(&self, params: &LoadParams, caller: Option<Caller>) -> LoadRequest {
        let requester = Requester {
            caller,
            ..self.requester.clone()
        };
        LoadRequest::day(
            params.date,
            today(&self.timezone),
            params.kind,
            Arc::clone(&self.source),
            params.options.clone(),
            requester,
        )
    }

    /// Waits until a job has ended, but at most `limit`, and not beyond the start of the shutdown if
    /// the job is running elsewhere.
    async fn wait(&self, job: JobId, limit: Duration) -> Result<(), Problem> {
        let deadline = Instant::now() + limit;
        if let Some(load) = self.here(job) {
            let _ = timeout(limit, load.ended()).await;
            return Ok(());
        }
        let mut interval = FIRST_POLL;
        while Instant::now() < deadline && !self.shutdown.has_begun() {
            let found = self.context.job_log.job(job).await?;
            if found.status == JobStatus::Interrupted && found.error.is_none() {
                // A load that fails releases its lock before it records its end. In between, it looks
                // as if it had died.
                sleep(MAX_POLL).await;
            }
            if found.status != JobStatus::Running {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            tokio::select! {
                () = sleep(interval.min(left)) => {}
                () = self.shutdown.begun() => {}
            }
            interval = (interval * 2).min(MAX_POLL);
        }
        Ok(())
    }

    fn here(&self, job: JobId) -> Option<Arc<LoadHandle>> {
        self.last().filter(|load| load.job() == Some(job))
    }

    fn last(&self) -> Option<Arc<LoadHandle>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }
}

fn busy(job: JobId) -> Problem {
    let detail = format!(
        "job {job} is running; try again when it has ended, or cancel it with DELETE /jobs/{job}"
    );
    Problem::new(Code::Busy, detail).about(job)
}
