//! Bodies of requests: read within limits, and to their end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody as _, to_bytes};
use http_body_util::{BodyExt as _, LengthLimitError};
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::problem::{Code, Problem};

/// How long a body may take to arrive.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How long to read on after a body was refused.
const DISCARD_TIME_LIMIT: Duration = Duration::from_secs(5);

/// Reads the whole body, within limits of size and time.
pub(crate) async fn read_body(body: Body, max_bytes: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("the request body is larger than {max_bytes} bytes");
        Problem::new(Code::BodyTooLarge, detail)
    };
    // Do not wait for a body that the client announces as too large.
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(too_large());
    }
    let read = timeout(TIME_LIMIT, to_bytes(body, max_bytes)).await;
    let read = read.map_err(|_| {
        let seconds = TIME_LIMIT.as_secs();
        let detail = format!("the request body did not arrive within {seconds} s");
        Problem::new(Code::RequestTimeout, detail)
    })?;
    read.map_err(|error| {
        let is_too_large = std::error::Error::source(&error)
            .is_some_and(<dyn std::error::Error>::is::<LengthLimitError>);
        if is_too_large {
            too_large()
        } else {
            Problem::bad_request("the connection broke before the request body was complete")
        }
    })
}

/// A body whose rest is read and discarded if it is dropped before its end.
///
/// A server that closes the connection while the client still sends breaks it: the client sees an error
/// and may never read why it was refused.
#[derive(Debug)]
pub(crate) struct RequestBody {
    body: Option<Incoming>,
    /// Whether the client sends the body only if the server asks for it.
    waits_for_continue: bool,
}

impl RequestBody {
    /// Wraps the body of a request.
    pub(crate) fn wrap(request: http::Request<Incoming>) -> http::Request<Body> {
        let waits_for_continue = request.headers().contains_key(http::header::EXPECT);
        request.map(|body| {
            Body::new(Self {
                body: Some(body),
                waits_for_continue,
            })
        })
    }
}

impl hyper::body::Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits_for_continue = false;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        Pin::new(body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        (self.body.as_ref()).map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.is_end_stream() || self.waits_for_continue {
            return;
        }
        if let (Some(mut body), Ok(runtime)) = (self.body.take(), Handle::try_current()) {
            runtime.spawn(timeout(DISCARD_TIME_LIMIT, async move {
                while let Some(Ok(_)) = body.frame().await {}
            }));
        }
    }
}
