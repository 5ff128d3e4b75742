//! Runs each blocking call on its own thread.
//!
//! We do not use an async runtime's pool for blocking calls, because a runtime waits for these calls
//! when it shuts down, and a read from a terminal, a named pipe or a dead network mount may never
//! return. A plain thread ends with the process and needs no runtime. A load starts only a few.

use std::{io, path::Path, thread};

use tokio::sync::oneshot;

use super::io_error;
use crate::Error;

/// Runs `work` on a new thread and waits for its result.
///
/// If the future is dropped, the work continues and its result is dropped.
pub(super) async fn run<T: Send + 'static>(
    action: &'static str,
    path: &Path,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (sender, outcome) = oneshot::channel();
    spawn(action, path, move || {
        // Fails if the future was dropped.
        drop(sender.send(work()));
    })?;
    outcome
        .await
        .unwrap_or_else(|_| Err(panicked(action, path)))
}

pub(super) fn spawn(
    action: &'static str,
    path: &Path,
    work: impl FnOnce() + Send + 'static,
) -> Result<(), Error> {
    thread::Builder::new()
        .name(format!("source {action}"))
        .spawn(work)
        .map(drop)
        .map_err(|error| io_error(action, path, error))
}

pub(super) fn panicked(action: &'static str, path: &Path) -> Error {
    io_error(action, path, io::Error::other("its thread panicked"))
}
