//! Fetches parts ahead of the caller, each into memory at full speed.
//!
//! A caller that waits, for example for a slow database, never blocks a connection: parts under way
//! are received completely, and no further parts are requested.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use aws_sdk_s3::primitives::ByteStream;
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument;

use super::{
    error,
    object::{FirstPart, Object},
};
use crate::{Chunk, Error, FileBody, ReadChunks, SourceFuture};

/// Starts reading. Must be called within a tokio runtime.
pub(super) fn start(object: Object, first: FirstPart) -> FileBody {
    let object = Arc::new(object);
    let mut next = 0;
    let mut in_flight = VecDeque::new();
    if !first.range.is_empty() {
        next = first.range.end;
        in_flight.push_back(Part::fetch(&object, first.range, Some(first.body)));
    }
    FileBody::new(ReadAhead {
        object,
        next,
        in_flight,
        received: VecDeque::new(),
    })
}

struct ReadAhead {
    object: Arc<Object>,
    /// The offset of the first part that has not been requested.
    next: u64,
    in_flight: VecDeque<Part>,
    received: VecDeque<Chunk>,
}

impl ReadAhead {
    fn request_ahead(&mut self) {
        while self.next < self.object.size && self.in_flight.len() < self.object.parts_ahead() {
            let range = self.object.part_from(self.next);
            self.next = range.end;
            self.in_flight
                .push_back(Part::fetch(&self.object, range, None));
        }
    }

    /// Returns the error for a part whose task ended early.
    fn task_failed(&self, failure: &JoinError) -> Error {
        let cause = if failure.is_panic() {
            "its task panicked"
        } else {
            // Nothing else aborts the task while the body exists.
            "the program is shutting down"
        };
        error::other(self.object.request(), cause.to_owned())
    }
}

impl ReadChunks for ReadAhead {
    fn next_chunk(&mut self) -> SourceFuture<'_, Result<Option<Chunk>, Error>> {
        Box::pin(async {
            loop {
                self.request_ahead();
                if let Some(chunk) = self.received.pop_front() {
                    return Ok(Some(chunk));
                }
                let Some(part) = self.in_flight.front_mut() else {
                    return Ok(None);
                };
                // Cancel safe: the part stays in the queue until it is complete.
                let outcome = (&mut part.task).await;
                self.in_flight.pop_front();
                self.received = outcome
                    .map_err(|failure| self.task_failed(&failure))??
                    .into();
            }
        })
    }
}

/// A part that is being fetched. Dropping it stops the fetch.
struct Part {
    task: JoinHandle<Result<Vec<Chunk>, Error>>,
}

impl Part {
    fn fetch(object: &Arc<Object>, range: Range<u64>, body: Option<ByteStream>) -> Self {
        let object = Arc::clone(object);
        let reading = async move { object.read(range, body).await };
        Self {
            task: tokio::spawn(reading.in_current_span()),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.task.abort();
    }
}
