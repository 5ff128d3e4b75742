//! Work that waits for the operating system, each on a thread of its own.
//!
//! Not an async runtime's pool for blocking work: such a runtime waits at its end for all of that
//! work, and a read from a terminal, a named pipe or a dead network mount may never end. A thread
//! of our own ends with the process, and needs no runtime at all. A load starts a handful.

use std::{io, path::Path, thread};

use tokio::sync::oneshot;

use super::io_error;
use crate::Error;

/// Does the work on a new thread and waits for its outcome.
///
/// When the future is dropped, the work goes on and its outcome is dropped.
pub(super) async fn run<T: Send + 'static>(
    action: &'static str,
    path: &Path,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (sender, outcome) = oneshot::channel();
    spawn(action, path, move || {
        // Fails when nobody waits any more.
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
