//! Ctrl-C and SIGTERM while a load runs.

use std::process;

use cusip_config::Signals;
use cusip_loader::Stop;
use tokio::task::JoinHandle;

/// The exit code that a shell reports for a process ended by Ctrl-C.
const ENDED_BY_CTRL_C: i32 = 130;

/// Listens for signals until dropped.
#[derive(Debug)]
pub(crate) struct Listening(JoinHandle<()>);

/// Cancels the load at the first Ctrl-C or SIGTERM, and ends the process at the second.
///
/// In the second case the server rolls back, and the next command that looks marks the job interrupted.
pub(crate) fn stop_on_signal(stop: &Stop) -> Listening {
    let stop = stop.clone();
    Listening(tokio::spawn(async move {
        let Ok(mut signals) = Signals::listen() else {
            tracing::warn!("cannot listen for signals; a signal will exit at once");
            return;
        };
        signals.next().await;
        tracing::warn!("canceling the load; a second signal exits at once");
        stop.cancel.cancel();
        signals.next().await;
        process::exit(ENDED_BY_CTRL_C);
    }))
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}
