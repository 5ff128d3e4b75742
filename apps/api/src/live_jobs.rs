//! Running jobs that pages watch. However many pages watch a job, it is read once a second.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cusip_jobs::{Job, JobId, JobStatus};
use tokio::sync::Mutex;
use tokio::sync::watch::{Receiver, Sender};
use tokio::time::sleep;

use crate::job_log::JobLog;
use crate::problem::Problem;

/// Loads log their progress once a second.
const INTERVAL: Duration = Duration::from_secs(1);

/// The jobs that are watched. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct LiveJobs {
    job_log: JobLog,
    watched: Arc<Mutex<HashMap<JobId, Sender<Job>>>>,
}

impl LiveJobs {
    pub(crate) fn new(job_log: JobLog) -> Self {
        Self {
            job_log,
            watched: Arc::default(),
        }
    }

    /// Returns a job, which changes once a second until the job has ended.
    pub(crate) async fn watch(&self, id: JobId) -> Result<Receiver<Job>, Problem> {
        // Held while the job is read: pages that ask for it at the same time share the read.
        let mut watched = self.watched.lock().await;
        if let Some(sender) = watched.get(&id) {
            return Ok(sender.subscribe());
        }
        let sender = Sender::new(self.job_log.job(id).await?);
        let job = sender.subscribe();
        watched.insert(id, sender.clone());
        tokio::spawn(self.clone().follow(id, sender));
        Ok(job)
    }

    /// Reads a job once a second until it has ended or no page watches it. If the job log cannot be read,
    /// the job stays as it was.
    async fn follow(self, id: JobId, sender: Sender<Job>) {
        while sender.borrow().status == JobStatus::Running {
            sleep(INTERVAL).await;
            let mut watched = self.watched.lock().await;
            if sender.receiver_count() == 0 {
                watched.remove(&id);
                return;
            }
            drop(watched);
            if let Ok(job) = self.job_log.job(id).await {
                sender.send_replace(job);
            }
        }
        self.watched.lock().await.remove(&id);
    }
}
