//! The shutdown of the server, which a signal starts.

use std::time::Duration;
use std::{io, process, thread};

use cusip_config::Signals;
use tokio::sync::watch;

/// The exit code that shells report for a process that Ctrl-C ended.
const ENDED_BY_CTRL_C: i32 = 130;

/// How long a stopped load may take to roll back and to record its end in the job log.
pub(crate) const ROLLBACK_TIME: Duration = Duration::from_secs(3);
/// How long everything else may take after that.
const MARGIN: Duration = Duration::from_secs(1);

/// Reports whether the shutdown has begun. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown {
    begun: watch::Receiver<bool>,
    grace: Duration,
}

impl Shutdown {
    /// Listens for signals. The first one begins the shutdown.
    ///
    /// A second signal ends the process at once. So does the time limit of the shutdown, even if
    /// everything hangs: the orchestrator would kill the process soon after.
    pub(crate) fn listen(grace: Duration) -> io::Result<Self> {
        let mut signals = Signals::listen()?;
        let (begin, begun) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            tracing::warn!(
                seconds = grace.as_secs(),
                "shutting down; a running load has this long to end; a second signal exits at once"
            );
            exit_after(grace + ROLLBACK_TIME + MARGIN);
            begin.send_replace(true);
            signals.next().await;
            process::exit(ENDED_BY_CTRL_C);
        });
        Ok(Self { begun, grace })
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Waits until the shutdown begins.
    pub(crate) async fn begun(&self) {
        let mut begun = self.begun.clone();
        // An error means that the sender is gone, which happens only after the shutdown has begun.
        let _ = begun.wait_for(|begun| *begun).await;
    }

    /// Returns how long a running load may continue after the shutdown has begun.
    pub(crate) const fn grace(&self) -> Duration {
        self.grace
    }
}

/// Exits after the time limit, from its own thread: the threads of the runtime may all be stuck.
fn exit_after(limit: Duration) {
    let thread = thread::Builder::new().name("exit".to_owned());
    let spawned = thread.spawn(move || {
        thread::sleep(limit);
        tracing::error!("shutdown took too long; exiting anyway");
        process::exit(0);
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "cannot start the thread that limits the time of the shutdown");
    }
}
