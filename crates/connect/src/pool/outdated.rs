//! Connections that must not be used again.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Connections opened before this time must not be used again.
#[derive(Debug, Default)]
pub(super) struct Outdated(Mutex<Option<Instant>>);

impl Outdated {
    pub(super) fn set_now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn includes(&self, opened: Instant) -> bool {
        let outdated = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        outdated.is_some_and(|outdated| opened <= outdated)
    }
}
