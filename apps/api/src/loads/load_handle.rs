//! A handle to a load that runs in this process.

use std::sync::Arc;

use cusip_jobs::JobId;
use cusip_loader::{LoadRequest, Stop};
use tokio::sync::watch;

use super::LoadContext;
use super::load_task::{LoadEnd, LoadTask, Stage, StartError};
use crate::load_params::LoadParams;

/// Follows a load from its attempt to take the load lock to its end in the job log.
#[derive(Debug)]
pub(super) struct LoadHandle {
    params: LoadParams,
    stop: Stop,
    stage: watch::Receiver<Stage>,
}

impl LoadHandle {
    /// Starts a load in its own task, which continues if the client disconnects.
    pub(super) fn start(context: &LoadContext, request: LoadRequest, params: LoadParams) -> Self {
        let stop = Stop::default();
        let stage = LoadTask::spawn(context.clone(), request, &params, stop.clone());
        Self {
            params,
            stop,
            stage,
        }
    }

    /// Waits until the load has a job, or could not start.
    pub(super) async fn started(&self) -> Result<JobId, Arc<StartError>> {
        let mut stage = self.stage.clone();
        let started = stage.wait_for(|stage| !matches!(stage, Stage::Starting));
        match &*started.await.expect("a load task always reports its end") {
            Stage::Starting => unreachable!("waited for another stage"),
            Stage::Running(job) | Stage::Ended(job, _) => Ok(*job),
            Stage::NotStarted(error) => Err(Arc::clone(error)),
        }
    }

    /// Waits until the load has ended.
    pub(super) async fn ended(&self) {
        let mut stage = self.stage.clone();
        let ended = stage.wait_for(Stage::is_end);
        ended.await.expect("a load task always reports its end");
    }

    pub(super) fn has_ended(&self) -> bool {
        self.stage.borrow().is_end()
    }

    pub(super) fn job(&self) -> Option<JobId> {
        match &*self.stage.borrow() {
            Stage::Running(job) | Stage::Ended(job, _) => Some(*job),
            Stage::Starting | Stage::NotStarted(_) => None,
        }
    }

    /// Returns how the load ended, or `None` if it has not.
    pub(super) fn end(&self) -> Option<LoadEnd> {
        match &*self.stage.borrow() {
            Stage::Ended(_, end) => Some(end.clone()),
            _ => None,
        }
    }

    pub(super) fn has_params(&self, params: &LoadParams) -> bool {
        self.params == *params
    }

    /// Returns what stops the load.
    pub(super) const fn stop(&self) -> &Stop {
        &self.stop
    }
}
