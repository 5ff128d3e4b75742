//! Tells the ledger every second how far a load has come, and hears from there whether somebody
//! wants it cancelled.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cusip_pif::FileKind;
use cusip_postgres::{Database, FileProgress, JobId, JobPhase, Progress as Entry};
use tokio::time::{sleep, timeout};

use crate::error::text;
use crate::progress::{Event, Progress};
use crate::stop::{StopReason, StopSwitch};

const INTERVAL: Duration = Duration::from_secs(1);
/// The load does not wait any longer for its progress to be entered before it commits.
const PATIENCE: Duration = Duration::from_secs(2);

/// Listens to a load, and enters what it hears into the ledger.
pub(super) struct Heartbeat<'a> {
    database: &'a Database,
    job: JobId,
    listener: &'a dyn Progress,
    stop: &'a StopSwitch,
    heard: Mutex<Entry>,
}

impl<'a> Heartbeat<'a> {
    /// What is heard is handed on to the listener.
    pub(super) fn new(
        database: &'a Database,
        job: JobId,
        listener: &'a dyn Progress,
        stop: &'a StopSwitch,
    ) -> Self {
        Self {
            database,
            job,
            listener,
            stop,
            heard: Mutex::new(Entry {
                phase: JobPhase::Finding,
                kind: None,
                bytes_total: None,
                files: Vec::new(),
            }),
        }
    }

    /// Does the load's work, and enters meanwhile what is heard of it.
    pub(super) async fn beat_during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = sleep(INTERVAL) => {}
            }
            let mut beat = pin!(self.beat());
            tokio::select! {
                biased;
                done = &mut work => {
                    // A statement that nobody waits for would go back to the pool with its connection.
                    beat.await;
                    return done;
                }
                () = &mut beat => {}
            }
        }
    }

    /// Enters what was heard. A load does not fail over its progress, which the next beat tells too.
    pub(super) async fn beat(&self) {
        let heard = self.heard().clone();
        let entered = timeout(PATIENCE, self.database.enter_progress(self.job, &heard)).await;
        match entered {
            Ok(Ok(false)) => {}
            Ok(Ok(true)) => self.stop.stop(StopReason::Cancelled),
            Ok(Err(error)) => {
                tracing::debug!(problem = text(&error), "the progress could not be entered");
            }
            Err(_) => tracing::debug!("the progress could not be entered in time"),
        }
    }

    fn heard(&self) -> MutexGuard<'_, Entry> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Heartbeat<'_> {
    fn event(&self, event: Event<'_>) {
        let mut heard = self.heard();
        match event {
            Event::FilesFound { bytes } => heard.bytes_total = bytes,
            Event::FileOpened { kind, .. } => {
                enter(&mut heard, JobPhase::Reading, kind);
                // One that is read a second time begins anew.
                heard.files.retain(|file| file.kind != kind);
                heard.files.push(FileProgress {
                    kind,
                    bytes: 0,
                    rows: 0,
                });
            }
            Event::FileRead { bytes, rows, .. } => {
                if let Some(file) = heard.files.last_mut() {
                    (file.bytes, file.rows) = (bytes, rows);
                }
            }
            Event::Checking { kind } => enter(&mut heard, JobPhase::Checking, kind),
            Event::Merging { kind } => enter(&mut heard, JobPhase::Merging, kind),
            Event::Committing => {
                heard.phase = JobPhase::Committing;
                heard.kind = None;
            }
            _ => {}
        }
        drop(heard);
        self.listener.event(event);
    }
}

fn enter(heard: &mut Entry, phase: JobPhase, kind: FileKind) {
    heard.phase = phase;
    heard.kind = Some(kind);
}
