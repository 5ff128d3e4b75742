//! The loads that run in this process.

mod load_task;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cusip_connect::PoolState;
use cusip_loader::{LoadRequest, Requester, StopReason};
use cusip_postgres::{Database, JobId};
use cusip_source::FileSource;
use tokio::time::{Instant, sleep, timeout};

use self::load_task::LoadHandle;
use crate::job_log::JobLog;
use crate::load_params::LoadParams;
use crate::metrics::Metrics;
use crate::problem::{Code, Problem};
use crate::shutdown::{LAST_WORD, Shutdown};

const FIRST_POLL: Duration = Duration::from_millis(250);
const LAST_POLL: Duration = Duration::from_secs(1);
/// How often a load is begun that is turned away by another one which then is gone.
const TRIES: u32 = 2;

/// Begins loads, and waits for those that run, here or elsewhere.
#[derive(Debug)]
pub(crate) struct Loads {
    database: Database,
    job_log: JobLog,
    source: Arc<dyn FileSource>,
    requester: Requester,
    metrics: Arc<Metrics>,
    /// The load that was begun last.
    last: Mutex<Option<Arc<LoadHandle>>>,
}

impl Loads {
    pub(crate) const fn new(
        database: Database,
        job_log: JobLog,
        source: Arc<dyn FileSource>,
        requester: Requester,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            database,
            job_log,
            source,
            requester,
            metrics,
            last: Mutex::new(None),
        }
    }

    pub(crate) fn pool_state(&self) -> PoolState {
        self.database.pool().state()
    }

    /// Begins a load, unless the same one runs already, and returns its job.
    pub(crate) async fn begin(&self, params: &LoadParams) -> Result<JobId, Problem> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (load, is_same) = self.begin_or_join(params);
            let refusal = match load.begun().await {
                Ok(job) if is_same => return Ok(job),
                Ok(job) => return Err(busy(Some(job))),
                // It was not begun, which is no reason for another one not to be.
                Err(_) if !is_same => continue,
                Err(refusal) => refusal,
            };
            if refusal.code != Code::Busy.name() {
                return Err(Problem::of_load(refusal.code, refusal.report.clone()));
            }
            match refusal.busy_with {
                Some(job) => return self.join_elsewhere(job, params).await,
                None if tries < TRIES => {}
                None => return Err(busy(None)),
            }
        }
    }

    /// Waits until a load has ended, for so long at most and not beyond the server's own end if it
    /// runs elsewhere.
    pub(crate) async fn wait(
        &self,
        job: JobId,
        limit: Duration,
        shutdown: &Shutdown,
    ) -> Result<(), Problem> {
        let deadline = Instant::now() + limit;
        if let Some(load) = self.local(job) {
            let _ = timeout(limit, load.ended()).await;
            return Ok(());
        }
        let mut interval = FIRST_POLL;
        while Instant::now() < deadline && !shutdown.has_begun() {
            let run = self.job_log.job(job).await?;
            if run.status == "interrupted" && run.error.is_none() {
                // A run that fails gives its lock back before it says so: for a moment it looks dead.
                sleep(LAST_POLL).await;
            }
            if run.status != "running" {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            tokio::select! {
                () = sleep(interval.min(left)) => {}
                () = shutdown.begun() => {}
            }
            interval = (interval * 2).min(LAST_POLL);
        }
        Ok(())
    }

    /// Stops a load that runs here, which is quicker than to wait until it looks at the ledger.
    pub(crate) fn cancel(&self, job: JobId) {
        if let Some(load) = self.local(job) {
            load.stop(StopReason::Cancelled);
        }
    }

    /// Lets the load that runs go on for as long as the server may, then rolls it back.
    pub(crate) async fn end(&self, shutdown: &Shutdown) {
        let Some(load) = self.last() else {
            return;
        };
        if timeout(shutdown.grace(), load.ended()).await.is_ok() {
            return;
        }
        tracing::warn!("the load takes too long; it is rolled back");
        load.stop(StopReason::ProgramEnds);
        if timeout(LAST_WORD, load.ended()).await.is_err() {
            tracing::error!(
                "the load could not be rolled back in time; the database will see to it"
            );
        }
    }

    /// Tells whether a load runs here.
    pub(crate) fn is_running(&self) -> bool {
        self.last().is_some_and(|load| !load.has_ended())
    }

    /// Returns the load that runs here, or else begins one, and whether it is what was ordered.
    fn begin_or_join(&self, params: &LoadParams) -> (Arc<LoadHandle>, bool) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(load) = &*last
            && !load.has_ended()
        {
            return (Arc::clone(load), load.is_of(params));
        }
        let load = LoadHandle::begin(
            &self.database,
            self.request(params),
            params.clone(),
            &self.job_log,
            &self.metrics,
        );
        *last = Some(Arc::clone(&load));
        (load, true)
    }

    /// Returns a job that runs elsewhere, if it is what was ordered.
    async fn join_elsewhere(&self, job: JobId, params: &LoadParams) -> Result<JobId, Problem> {
        let running = self.job_log.job(job).await?;
        if self.request(params).is_same_as(&running) {
            Ok(job)
        } else {
            Err(busy(Some(job)))
        }
    }

    fn request(&self, params: &LoadParams) -> LoadRequest {
        let request = LoadRequest::day(
            params.date,
            Arc::clone(&self.source),
            params.options.clone(),
            self.requester.clone(),
        );
        match params.kind {
            Some(kind) => request.only(kind),
            None => request,
        }
    }

    fn local(&self, job: JobId) -> Option<Arc<LoadHandle>> {
        self.last().filter(|load| load.job() == Some(job))
    }

    fn last(&self) -> Option<Arc<LoadHandle>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }
}

fn busy(job: Option<JobId>) -> Problem {
    match job {
        Some(job) => {
            let detail = format!("job {job} is running; try again when it is done");
            Problem::new(Code::Busy, detail).about(job)
        }
        None => Problem::new(
            Code::Busy,
            "a migration or another load is running; try again when it is done",
        ),
    }
}
