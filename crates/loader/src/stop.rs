//! Stopping a load from outside.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// Stops a load from outside. Clones stop the same load.
///
/// A load that is stopped before it commits is rolled back, and the job log records why.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Cancels the load, on behalf of a user.
    pub cancel: CancellationToken,
    /// Interrupts the load, because the program is ending.
    pub interrupt: CancellationToken,
}

impl Stop {
    /// Waits for the work, and drops it when the load is stopped.
    pub(crate) async fn or<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::Cancelled),
            () = self.interrupt.cancelled() => Err(Error::Interrupted),
            done = work => done,
        }
    }
}
