//! Answers with any number of items, streamed in the format that the client asked for.
//!
//! Memory stays constant: rows come from the database as fast as the client reads them. A client that reads
//! nothing for a while is cut off, so it cannot hold a connection to the database.

mod batches;
mod columns;
mod csv;
mod items;
mod writer;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::timeout;
use tracing::Instrument as _;

pub(crate) use self::items::{Changed, Hits, Items, Listed, LookedUp, OneSecurity, not_found};
pub(crate) use self::writer::Envelope;
use self::writer::Writer;
use crate::database_read::too_slow;
use crate::lookups::TIME_LIMIT;
use crate::problem::Problem;
use crate::representation::Representation;

/// How many chunks wait for the client.
const CHUNKS: usize = 2;
/// How long a client may take to read a chunk.
const CLIENT_TIME_LIMIT: Duration = Duration::from_secs(10);
/// How long the database may take for the next chunk.
const DATABASE_TIME_LIMIT: Duration = Duration::from_secs(60);
/// How long an answer may take. It holds a connection, and the snapshot of a query.
const ANSWER_TIME_LIMIT: Duration = Duration::from_secs(60 * 60);

/// Answers with these items. An error before the first chunk is a problem; after that, the answer breaks
/// off, which the client notices.
pub(crate) async fn answer(
    representation: &Representation,
    envelope: Envelope,
    items: impl Items,
    place: &str,
) -> Result<Response, Problem> {
    let mut writer = Writer::new(representation, &envelope, items)?;
    let first = timeout(TIME_LIMIT, writer.chunk()).await;
    let first = first.map_err(|_| too_slow(TIME_LIMIT, place))??;
    let body = if writer.has_ended() {
        Body::from(first)
    } else {
        streamed(first, writer)
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, representation.format.content_type());
    Ok(response)
}

/// Returns the first chunk and all that follow it, which a task writes.
fn streamed(first: Bytes, writer: Writer<impl Items>) -> Body {
    let (sender, mut receiver) = mpsc::channel(CHUNKS);
    let has_failed = Arc::new(AtomicBool::new(false));
    let failed = Arc::clone(&has_failed);
    let writing = async move {
        let written = timeout(ANSWER_TIME_LIMIT, write(first, writer, &sender)).await;
        if let Err(reason) = written.unwrap_or(Err(CutOff::TooLong)) {
            tracing::error!("the answer was cut off: {}", reason.text());
            failed.store(true, Ordering::Release);
        }
    };
    tokio::spawn(writing.in_current_span());
    let chunks = stream::poll_fn(move |context| match receiver.poll_recv(context) {
        // Without the error, the answer would look complete.
        Poll::Ready(None) if has_failed.swap(false, Ordering::AcqRel) => {
            Poll::Ready(Some(Err(io::Error::other("the answer was cut off"))))
        }
        chunk => chunk.map(|chunk| chunk.map(Ok)),
    });
    Body::from_stream(chunks)
}

async fn write(
    first: Bytes,
    mut writer: Writer<impl Items>,
    sender: &Sender<Bytes>,
) -> Result<(), CutOff> {
    let mut chunk = first;
    loop {
        match timeout(CLIENT_TIME_LIMIT, sender.send(chunk)).await {
            Ok(Ok(())) => {}
            // The client has disconnected.
            Ok(Err(_)) => return Ok(()),
            Err(_) => return Err(CutOff::SlowClient),
        }
        if writer.has_ended() {
            return Ok(());
        }
        let next = timeout(DATABASE_TIME_LIMIT, writer.chunk()).await;
        let next = next.map_err(|_| CutOff::SlowDatabase)?;
        chunk = next.map_err(CutOff::Failed)?;
    }
}

/// Why an answer ends early.
enum CutOff {
    SlowClient,
    SlowDatabase,
    TooLong,
    Failed(Problem),
}

impl CutOff {
    fn text(&self) -> String {
        let seconds = |limit: Duration| limit.as_secs();
        match self {
            Self::SlowClient => format!(
                "the client read nothing for {} s",
                seconds(CLIENT_TIME_LIMIT)
            ),
            Self::SlowDatabase => format!(
                "the database sent nothing for {} s",
                seconds(DATABASE_TIME_LIMIT)
            ),
            Self::TooLong => format!("it took {} s", seconds(ANSWER_TIME_LIMIT)),
            Self::Failed(problem) => problem.detail().to_owned(),
        }
    }
}
