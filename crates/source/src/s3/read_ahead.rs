//! Fetching parts ahead of the caller, each into memory at once.
//!
//! A caller that waits, for a slow database say, keeps no connection waiting: no more parts are
//! asked for, and those on their way are taken in.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use aws_sdk_s3::primitives::ByteStream;
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument;

use super::{
    object::{FirstPart, Object},
    refusal,
};
use crate::{Chunk, Error, FileBody, ReadChunks, SourceFuture};

/// Starts to read; must be called within a runtime.
pub(super) fn start(object: Object, first: FirstPart) -> FileBody {
    let object = Arc::new(object);
    let mut next = 0;
    let mut on_their_way = VecDeque::new();
    if !first.range.is_empty() {
        next = first.range.end;
        on_their_way.push_back(Part::fetch(&object, first.range, Some(first.body)));
    }
    FileBody::new(ReadAhead {
        object,
        next,
        on_their_way,
        arrived: VecDeque::new(),
    })
}

struct ReadAhead {
    object: Arc<Object>,
    /// Where the first part starts that was not asked for yet.
    next: u64,
    on_their_way: VecDeque<Part>,
    arrived: VecDeque<Chunk>,
}

impl ReadAhead {
    fn ask_ahead(&mut self) {
        while self.next < self.object.size && self.on_their_way.len() < self.object.parts_ahead() {
            let range = self.object.part_from(self.next);
            self.next = range.end;
            self.on_their_way
                .push_back(Part::fetch(&self.object, range, None));
        }
    }

    /// Its own task is aborted by nobody but a runtime that ends.
    fn failed(&self, error: &JoinError) -> Error {
        let cause = if error.is_panic() {
            "its task panicked"
        } else {
            "the program's runtime is ending"
        };
        refusal::other(self.object.request(), cause.to_owned())
    }
}

impl ReadChunks for ReadAhead {
    fn next_chunk(&mut self) -> SourceFuture<'_, Result<Option<Chunk>, Error>> {
        Box::pin(async {
            loop {
                self.ask_ahead();
                if let Some(chunk) = self.arrived.pop_front() {
                    return Ok(Some(chunk));
                }
                let Some(part) = self.on_their_way.front_mut() else {
                    return Ok(None);
                };
                // Nothing is lost when this wait is given up: the part stays where it is.
                let outcome = (&mut part.task).await;
                self.on_their_way.pop_front();
                self.arrived = outcome.map_err(|error| self.failed(&error))??.into();
            }
        })
    }
}

/// A part that is being fetched, until nobody wants it any more.
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
