//! The text of a failure's cause, and the errors that have no better description.

use std::error;

use crate::{Error, s3::request::Request};

/// The message of a server or of the SDK.
///
/// The SDK's own errors are not passed on, because their `Debug` shows whole requests and responses.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Cause(pub(super) String);

/// Returns the text of an error's causes, without the outermost `layers`.
///
/// The outermost errors only name layers of the SDK. The innermost error is always part of the text.
pub(in crate::s3) fn chain_below(error: &(dyn error::Error + 'static), layers: usize) -> String {
    let mut inner = error;
    for _ in 0..layers {
        inner = inner.source().unwrap_or(inner);
    }
    cusip_aws::chain(inner)
}

/// Returns the error for a temporary failure.
pub(in crate::s3) fn unavailable(request: Request<'_>, cause: String) -> Error {
    Error::Unavailable {
        action: request.action,
        location: request.location.to_owned(),
        source: Cause(cause).into(),
    }
}

/// Returns the error for any other failure.
pub(in crate::s3) fn other(request: Request<'_>, cause: String) -> Error {
    Error::Other {
        action: request.action,
        location: request.location.to_owned(),
        source: Cause(cause).into(),
    }
}
