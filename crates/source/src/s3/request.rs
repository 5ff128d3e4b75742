//! The requests that this crate sends, as errors name them.

use super::target::Target;

/// A request: what it does, and to what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    /// `listing`, `opening`, `reading` or `writing`.
    pub(super) action: &'static str,
    /// The permission that a policy must allow.
    pub(super) permission: &'static str,
    /// The object or folder.
    pub(super) location: &'a str,
    /// The object's key; `None` for a listing.
    pub(super) key: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub(super) fn listing(location: &'a str) -> Self {
        Self {
            action: "listing",
            permission: "s3:ListBucket",
            location,
            key: None,
        }
    }

    pub(super) fn opening(location: &'a str, key: &'a str) -> Self {
        Self {
            action: "opening",
            permission: "s3:GetObject",
            location,
            key: Some(key),
        }
    }

    pub(super) fn writing(location: &'a str, key: &'a str) -> Self {
        Self {
            action: "writing",
            permission: "s3:PutObject",
            ..Self::opening(location, key)
        }
    }

    pub(super) fn reading(location: &'a str, key: &'a str) -> Self {
        Self {
            action: "reading",
            ..Self::opening(location, key)
        }
    }
}

/// A request that was sent, and where to.
#[derive(Clone, Copy)]
pub(super) struct SentRequest<'a> {
    pub(super) request: Request<'a>,
    pub(super) target: &'a Target,
    pub(super) region: &'a str,
}
