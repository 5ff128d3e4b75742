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

    /// The store's bucket does not exist.
    #[error("bucket {location:?} does not exist; check its name, and the endpoint if one is set")]
    BucketNotFound {
        /// The bucket.
        location: String,
    },

    /// The bucket is there and has no such object.
    #[error("object {location:?} does not exist; {}", instead_of_it(.instead))]
    ObjectNotFound {
        /// The object that was asked for, with its bucket.
        location: String,
        /// Names of a few objects that are in the same folder, those most like it first; empty
        /// also where they may not be listed.
        instead: Vec<String>,
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

    /// There are no credentials to ask the source with, or it does not accept them.
    #[error("{action} {location:?} needs valid credentials: {problem}; {advice}")]
    Credentials {
        /// What was tried: `listing`, `opening`, `reading`.
        action: &'static str,
        /// What it was tried on.
        location: String,
        /// What is wrong with them, as a clause: `they have expired`.
        problem: String,
        /// What to do, as an instruction: ``run `aws sso login --profile cusip-dev` ``.
        advice: String,
        /// What the system or the server said.
        source: Option<Box<dyn error::Error + Send + Sync>>,
    },

    /// No region is known for the bucket.
    #[error(
        "no region is known for {location:?}; set --s3-region (CUSIP_S3_REGION), AWS_REGION, or \
         the region of the AWS profile"
    )]
    NoRegion {
        /// The bucket.
        location: String,
    },

    /// What the environment or a profile says of AWS cannot be meant.
    #[error("{problem}")]
    InvalidAws {
        /// The bucket.
        location: String,
        /// What is wrong, and what to do.
        problem: String,
    },

    /// The bucket is in another region.
    #[error("{location:?} was looked for in region {region:?} and is {}", elsewhere(.bucket_region.as_deref()))]
    WrongRegion {
        /// What was asked for.
        location: String,
        /// The region that was asked.
        region: String,
        /// The bucket's region, if the server said.
        bucket_region: Option<String>,
    },

    /// The object's content is in an archive, from which it has to be fetched first.
    #[error(
        "object {location:?} is archived ({storage_class}) and cannot be read; restore it with \
         `aws s3api restore-object` and load it once that is done"
    )]
    Archived {
        /// The object.
        location: String,
        /// The name of the archive: `GLACIER`, `DEEP_ARCHIVE`.
        storage_class: String,
    },

    /// An option has a value that cannot be used.
    #[error("{setting} {value:?} cannot be used: {problem}")]
    InvalidSetting {
        /// The option.
        setting: &'static str,
        /// Its value, without any secrets.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
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

    /// Nothing was heard of the server.
    #[error("{action} {location:?} failed: the server was not reached; {advice}")]
    Unreached {
        /// What was tried: `listing`, `opening`, `reading`.
        action: &'static str,
        /// What it was tried on.
        location: String,
        /// What to do, as an instruction.
        advice: String,
        /// What the network said.
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
    /// Where it happened: the file's or folder's location, or the text that cannot be used.
    #[must_use]
    pub fn location(&self) -> &str {
        match self {
            Self::FolderNotFound { location }
            | Self::NotAFolder { location }
            | Self::FileNotFound { location }
            | Self::BucketNotFound { location }
            | Self::ObjectNotFound { location, .. }
            | Self::NotAFile { location, .. }
            | Self::PermissionDenied { location, .. }
            | Self::Credentials { location, .. }
            | Self::NoRegion { location }
            | Self::InvalidAws { location, .. }
            | Self::WrongRegion { location, .. }
            | Self::Archived { location, .. }
            | Self::Changed { location, .. }
            | Self::LengthMismatch { location, .. }
            | Self::Io { location, .. }
            | Self::Unavailable { location, .. }
            | Self::Unreached { location, .. }
            | Self::Other { location, .. } => location,
            Self::InvalidKey { key, .. } => key,
            Self::InvalidSetting { value, .. } => value,
        }
    }

    /// Whether the same request may succeed if it is simply made again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::LengthMismatch { .. } | Self::Unavailable { .. } | Self::Unreached { .. } => true,
            Self::Io { source, .. } => is_transient_kind(source.kind()),
            Self::FolderNotFound { .. }
            | Self::NotAFolder { .. }
            | Self::FileNotFound { .. }
            | Self::BucketNotFound { .. }
            | Self::ObjectNotFound { .. }
            | Self::NotAFile { .. }
            | Self::PermissionDenied { .. }
            | Self::Credentials { .. }
            | Self::NoRegion { .. }
            | Self::InvalidAws { .. }
            | Self::WrongRegion { .. }
            | Self::Archived { .. }
            | Self::InvalidSetting { .. }
            | Self::Changed { .. }
            | Self::InvalidKey { .. }
            | Self::Other { .. } => false,
        }
    }

    /// Whether the file, or the folder or bucket that should hold it, is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::FileNotFound { .. }
                | Self::FolderNotFound { .. }
                | Self::BucketNotFound { .. }
                | Self::ObjectNotFound { .. }
        )
    }
}

fn instead_of_it(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    match names.as_slice() {
        [] => "check its key".to_owned(),
        names => format!("check its key: in its place there are {}", names.join(", ")),
    }
}

fn elsewhere(bucket_region: Option<&str>) -> String {
    match bucket_region {
        Some(region) => {
            format!("in {region:?}; set --s3-region (CUSIP_S3_REGION) to {region:?}")
        }
        None => "elsewhere; set --s3-region (CUSIP_S3_REGION) to the bucket's region".to_owned(),
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
