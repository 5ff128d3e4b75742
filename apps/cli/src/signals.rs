//! Ctrl-C and its like, while a load runs.

use std::process;

use cusip_config::Signals;
use cusip_loader::Stop;
use tokio::task::JoinHandle;

/// What a shell reports of a process that was ended by Ctrl-C.
const ENDED_BY_CTRL_C: i32 = 130;

/// Listens for signals until it is dropped.
#[derive(Debug)]
pub(crate) struct Listening(JoinHandle<()>);

/// Cancels the load at the first Ctrl-C or SIGTERM, and ends the process at the second: the server
/// rolls back by itself then, and the next look at the ledger finds the job interrupted.
pub(crate) fn stop_on_signal(stop: &Stop) -> Listening {
    let stop = stop.clone();
    Listening(tokio::spawn(async move {
        let Ok(mut signals) = Signals::listen() else {
            tracing::warn!("signals cannot be listened for, so that they end the program at once");
            return;
        };
        signals.next().await;
        tracing::warn!("cancelling the load; once more ends the program at once");
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
