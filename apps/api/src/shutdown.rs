//! The end of the server, which somebody asks for by a signal.

use std::time::Duration;
use std::{io, process, thread};

use cusip_config::Signals;
use tokio::sync::watch;

/// What a shell reports of a process that was ended by Ctrl-C.
const ENDED_BY_CTRL_C: i32 = 130;

/// How long a load that is stopped has for its rollback and its last word to the ledger.
pub(crate) const LAST_WORD: Duration = Duration::from_secs(3);
/// How long everything but the load may go on after that.
const MARGIN: Duration = Duration::from_secs(1);

/// Tells whether the server is to end, and since when.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown {
    begun: watch::Receiver<bool>,
    grace: Duration,
}

impl Shutdown {
    /// Listens for the first signal, which begins the end. The second one ends the process at once,
    /// and so does the first one after a while, whatever hangs: the orchestrator would be less kind.
    pub(crate) fn listen(grace: Duration) -> io::Result<Self> {
        let mut signals = Signals::listen()?;
        let (begin, begun) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            tracing::warn!(
                seconds = grace.as_secs(),
                "shutting down; a load that runs may end, and once more ends the program at once"
            );
            end_in_any_case(grace + LAST_WORD + MARGIN);
            begin.send_replace(true);
            signals.next().await;
            process::exit(ENDED_BY_CTRL_C);
        });
        Ok(Self { begun, grace })
    }

    /// Tells whether the server is to end.
    pub(crate) fn has_begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Waits until it is.
    pub(crate) async fn begun(&self) {
        let mut begun = self.begun.clone();
        // It fails when the sender is gone, which only goes after the signal.
        let _ = begun.wait_for(|begun| *begun).await;
    }

    /// Returns how long a load may go on then.
    pub(crate) const fn grace(&self) -> Duration {
        self.grace
    }
}

/// On a thread of its own: the runtime's may all be stuck.
fn end_in_any_case(limit: Duration) {
    let ending = thread::Builder::new().name("end".to_owned());
    let spawned = ending.spawn(move || {
        thread::sleep(limit);
        tracing::error!("not everything could be ended in time; ending all the same");
        process::exit(0);
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "nothing watches over the time that the end takes");
    }
}
