//! What of the SDK's own log may be shown.

use tracing_core::{Level, Metadata};

/// Tells whether an event or span shows no secret, whatever filter asks for it.
///
/// Nothing of the SDK does for certain. It logs a profile file that is not UTF-8 byte by byte, what a
/// `credential_process` wrote to standard error, requests with the token of SSO, signed addresses and
/// whole answers, some of it as warnings. What is worth knowing of that is in our own errors and
/// events. HTTP/2 shows frames with their headers.
#[must_use]
pub fn may_be_logged(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let is_of_sdk = target.starts_with("aws_");
    let is_of_frames = target.starts_with("h2") && *event.level() >= Level::DEBUG;
    !is_of_sdk && !is_of_frames
}
