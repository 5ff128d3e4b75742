//! What can go wrong with a source.

use std::{error, io};

/// What went wrong with a source: what was tried, on what, and what to do about it.
///
/// Other implementations of [`FileSource`](crate::FileSource) make these values too: each variant
/// states what it means, [`Io`](Self::Io), [`Unavailable`](Self::Unavailable) and
/// [`Other`](Self::Other) are for the rest. A cause is in [`source`](error::Error::source) and not
/// in the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source's folder does not exist.
    #[error("folder {location:?} does not exist; check the folder's name")]
    FolderNotFound {
        /// The folder.
        location: String,
    },

    /// The source's folder is something else.
    #[error("{location:?} is not a folder; check the folder's name")]
    NotAFolder {
        /// What was named as the folder.
        location: String,
    },

    /// The folder is there and has no such file.
    #[error("file {location:?} does not exist; check its name and its folder")]
    FileNotFound {
        /// The file that was asked for, with its folder.
        location: String,
    },

    /// What was named as a file has no content to read, or has none that a listing would offer.
    #[error("{location:?} is {found}, not a file; name a file")]
    NotAFile {
        /// What was named as the file.
        location: String,
        /// What is there instead, with its article: `a folder`.
        found: &'static str,
    },

    /// The source refused.
    #[error("{action} {location:?} is not permitted; {advice}")]
    PermissionDenied {
        /// What was tried: `listing`, `opening`, `reading`.
        action: &'static str,
        /// What it was tried on.
        location: String,
        /// What to do, as an instruction: `check the task role's policy for s3:GetObject`.
        advice: String,
        /// What the system or the server said.
        source: Option<Box<dyn error::Error + Send + Sync>>,
    },

    /// The file is not the version that was asked for, or did not stay the same while it was read.
    ///
    /// Not [transient](Self::is_transient): the same request fails again. List the source again
    /// and read what is there then.
    #[error("file {location:?} has changed: {change}; list and read it again once it is complete")]
    Changed {
        /// The file.
        location: String,
        /// What shows it, as a clause: `its size was 10 bytes and is 20`.
        change: String,
    },

    /// A body ended before the file's stated size, or went on after it.
    #[error(
        "file {location:?} gave {received} bytes where {expected} were announced; read it again"
    )]
    LengthMismatch {
        /// The file.
        location: String,
        /// The size that the file's metadata states.
        expected: u64,
        /// How many bytes came; the reading stops at the first chunk too many.
        received: u64,
    },

    /// A text is not a key, or not one that this source can have.
    #[error(
        "{key:?} is not a key for a file: {problem}; a key is a relative path such as \"CED07-02R.PIP\""
    )]
    InvalidKey {
        /// The text.
        key: String,
        /// Which rule it breaks.
        problem: &'static str,
    },

    /// The operating system failed.
    #[error("{action} {location:?} failed")]
    Io {
        /// What was tried: `listing`, `opening`, `reading`.
        action: &'static str,
        /// What it was tried on.
        location: String,
        /// What the operating system said.
        source: io::Error,
    },

    /// The source cannot be reached or is too busy; another try may succeed.
    #[error("{action} {location:?} failed for now; try again later")]
    Unavailable {
        /// What was tried: `listing`, `opening`, `reading`.
        action: &'static str,
        /// What it was tried on.
        location: String,
        /// What the connection or the server said.
        source: Box<dyn error::Error + Send + Sync>,
    },

    /// Anything else that an implementation has to report.
    #[error("{action} {location:?} failed")]
    Other {
        /// What was tried: `listing`, `opening`, `reading`.
        action: &'static str,
        /// What it was tried on.
        location: String,
        /// The cause, which should say what to do.
        source: Box<dyn error::Error + Send + Sync>,
    },
}

impl Error {
    /// Where it happened: the file's or folder's location, or the text that is no key.
    #[must_use]
    pub fn location(&self) -> &str {
        match self {
            Self::FolderNotFound { location }
            | Self::NotAFolder { location }
            | Self::FileNotFound { location }
            | Self::NotAFile { location, .. }
            | Self::PermissionDenied { location, .. }
            | Self::Changed { location, .. }
            | Self::LengthMismatch { location, .. }
            | Self::Io { location, .. }
            | Self::Unavailable { location, .. }
            | Self::Other { location, .. } => location,
            Self::InvalidKey { key, .. } => key,
        }
    }

    /// Whether the same request may succeed if it is simply made again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::LengthMismatch { .. } | Self::Unavailable { .. } => true,
            Self::Io { source, .. } => is_transient_kind(source.kind()),
            Self::FolderNotFound { .. }
            | Self::NotAFolder { .. }
            | Self::FileNotFound { .. }
            | Self::NotAFile { .. }
            | Self::PermissionDenied { .. }
            | Self::Changed { .. }
            | Self::InvalidKey { .. }
            | Self::Other { .. } => false,
        }
    }

    /// Whether the file, or the folder that should hold it, is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::FileNotFound { .. } | Self::FolderNotFound { .. }
        )
    }
}

fn is_transient_kind(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted,
        NetworkDown, NetworkUnreachable, NotConnected, ResourceBusy, StaleNetworkFileHandle,
        TimedOut, WouldBlock,
    };
    matches!(
        kind,
        ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
            | NotConnected
            | ResourceBusy
            | StaleNetworkFileHandle
            | TimedOut
            | WouldBlock
    )
}
