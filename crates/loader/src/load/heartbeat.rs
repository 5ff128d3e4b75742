//! Reports a load's progress to the job log every second, checks there whether to cancel the load, and
//! shows the server that the program has not stopped.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cusip_jobs::{JobId, JobPhase, error_chain};
use cusip_pif::FileKind;
use cusip_postgres::{Database, FileProgress, Load, ProgressUpdate};
use tokio::time::{sleep, timeout};

use crate::completion::Completion;
use crate::progress::{Event, Listener, Progress};
use crate::stop::Stop;

const INTERVAL: Duration = Duration::from_secs(1);
/// How long a load that is about to commit waits for its progress to be written.
const PATIENCE: Duration = Duration::from_secs(2);

/// Receives the events of a load, passes them on, and writes them to the job log.
pub(super) struct Heartbeat<'a> {
    database: &'a Database,
    job: JobId,
    listener: &'a dyn Listener,
    stop: &'a Stop,
    completion: Mutex<Completion>,
    latest: Mutex<ProgressUpdate>,
}

impl<'a> Heartbeat<'a> {
    pub(super) fn new(
        database: &'a Database,
        job: JobId,
        listener: &'a dyn Listener,
        stop: &'a Stop,
    ) -> Self {
        Self {
            database,
            job,
            listener,
            stop,
            completion: Mutex::new(Completion::new()),
            latest: Mutex::new(ProgressUpdate {
                phase: JobPhase::Finding,
                kind: None,
                bytes_total: None,
                percent: None,
                files: Vec::new(),
            }),
        }
    }

    /// Writes the progress to the job log while the load's work continues, and keeps its transaction
    /// alive while the work waits for a file.
    pub(super) async fn beat_during<T>(&self, load: &Load, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut keeping_alive = pin!(keep_alive(load));
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                never = &mut keeping_alive => match never {},
                () = sleep(INTERVAL) => {}
            }
            let mut beat = pin!(self.beat());
            tokio::select! {
                biased;
                done = &mut work => {
                    // Otherwise the connection would go back to the pool with its statement running.
                    beat.await;
                    return done;
                }
                () = &mut beat => {}
            }
        }
    }

    /// Writes the latest progress. A load does not fail if that fails: the next beat writes it again.
    pub(super) async fn beat(&self) {
        let latest = self.latest().clone();
        match timeout(PATIENCE, self.database.log_progress(self.job, &latest)).await {
            Ok(Ok(is_cancel_requested)) => {
                if is_cancel_requested {
                    self.stop.cancel.cancel();
                }
            }
            Ok(Err(error)) => {
                let problem = error_chain(&error);
                tracing::debug!(problem, "the progress could not be written to the job log");
            }
            Err(_) => tracing::debug!("the progress was not written to the job log in time"),
        }
    }

    fn latest(&self) -> MutexGuard<'_, ProgressUpdate> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Heartbeat<'_> {
    fn event(&self, event: Event<'_>) {
        let percent = (self.completion.lock())
            .unwrap_or_else(PoisonError::into_inner)
            .after(event);
        let mut latest = self.latest();
        latest.percent = percent;
        match event {
            Event::FilesFound { bytes } => latest.bytes_total = bytes,
            Event::FileOpened { kind, .. } => {
                work_on(&mut latest, JobPhase::Reading, kind);
                latest.files.push(FileProgress {
                    kind,
                    bytes: 0,
                    rows: 0,
                });
            }
            Event::FileRead { bytes, rows, .. } => {
                if let Some(file) = latest.files.last_mut() {
                    (file.bytes, file.rows) = (bytes, rows);
                }
            }
            Event::StartedOver => latest.files.clear(),
            Event::Checking { kind } => work_on(&mut latest, JobPhase::Checking, kind),
            Event::Merging { kind } => work_on(&mut latest, JobPhase::Merging, kind),
            Event::Committing => {
                latest.phase = JobPhase::Committing;
                latest.kind = None;
            }
            _ => {}
        }
        drop(latest);
        self.listener.event(event, percent);
    }
}

/// Keeps a load's transaction alive. While a long statement runs, nothing else is needed.
async fn keep_alive(load: &Load) -> Infallible {
    loop {
        sleep(INTERVAL).await;
        load.keep_alive().await;
    }
}

fn work_on(latest: &mut ProgressUpdate, phase: JobPhase, kind: FileKind) {
    latest.phase = phase;
    latest.kind = Some(kind);
}
