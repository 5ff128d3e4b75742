//! Stopping a load from outside.

use std::sync::Arc;

use tokio::sync::watch;

/// Why a load is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Somebody does not want it any more.
    Cancelled,
    /// The program ends.
    ProgramEnds,
}

/// Stops a load, from wherever a clone of it is.
///
/// A load that is stopped before it commits is rolled back, and the ledger says why it ended.
#[derive(Debug, Clone)]
pub struct StopSwitch {
    reason: Arc<watch::Sender<Option<StopReason>>>,
}

impl StopSwitch {
    /// Makes a switch that has stopped nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reason: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Stops what has the switch. The first reason counts.
    pub fn stop(&self, reason: StopReason) {
        self.reason
            .send_if_modified(|given| given.is_none() && given.replace(reason).is_none());
    }

    /// Waits until somebody stops it.
    pub(crate) async fn stopped(&self) -> StopReason {
        let mut reason = self.reason.subscribe();
        let given = reason.wait_for(Option::is_some).await;
        given
            .ok()
            .and_then(|given| *given)
            .expect("the switch holds the sender and waited for a reason")
    }
}

impl Default for StopSwitch {
    fn default() -> Self {
        Self::new()
    }
}
