//! Why a file could not be listed, opened or read.

use std::{error, io};

use crate::setting::Setting;

/// Why a file could not be listed, opened or read: the action, its location, and what to do.
///
/// Other implementations of [`FileSource`](crate::FileSource) create these values too. If no other
/// variant applies, they use [`Io`](Self::Io), [`Unavailable`](Self::Unavailable) or
/// [`Other`](Self::Other). The cause is in [`source`](error::Error::source) and not in the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source's folder does not exist.
    #[error("folder {location:?} does not exist; check the folder's name")]
    FolderNotFound {
        /// The folder.
        location: String,
    },

    /// The path of the source's folder exists but is not a folder.
    #[error("{location:?} is not a folder; check the folder's name")]
    NotAFolder {
        /// The path.
        location: String,
    },

    /// The folder exists but has no such file.
    #[error("file {location:?} does not exist; check its name and its folder")]
    FileNotFound {
        /// The file, with its folder.
        location: String,
    },

    /// The bucket does not exist.
    #[error("bucket {location:?} does not exist; check its name, and the endpoint if one is set")]
    BucketNotFound {
        /// The bucket.
        location: String,
    },

    /// The bucket exists but has no such object.
    #[error("object {location:?} does not exist; {}", key_advice(.similar))]
    ObjectNotFound {
        /// The object, with its bucket.
        location: String,
        /// The names of a few objects in the same folder, most similar first. Empty if there are
        /// none or they may not be listed.
        similar: Vec<String>,
    },

    /// There is an object that may not be replaced, or another program is writing it.
    #[error("object {location:?} already exists; choose another key, or allow replacing it")]
    AlreadyExists {
        /// The object, with its bucket.
        location: String,
    },

    /// The path or key exists but is not a file.
    #[error("{location:?} is {found}, not a file; name a file")]
    NotAFile {
        /// The path or key.
        location: String,
        /// What is there instead, with its article: `a folder`.
        found: &'static str,
    },

    /// The caller lacks permission.
    #[error("{action} {location:?} is not permitted; {advice}")]
    PermissionDenied {
        /// The action: `listing`, `opening`, `reading`.
        action: &'static str,
        /// The file, folder or bucket.
        location: String,
        /// What to do, as an instruction: `check the task role's policy for s3:GetObject`.
        advice: String,
        /// The message from the system or the server.
        source: Option<Box<dyn error::Error + Send + Sync>>,
    },

    /// Credentials are missing, or the server rejects them.
    #[error("{action} {location:?} needs valid credentials: {problem}; {advice}")]
    Credentials {
        /// The action: `listing`, `opening`, `reading`.
        action: &'static str,
        /// The file, folder or bucket.
        location: String,
        /// What is wrong with the credentials, as a clause: `they have expired`.
        problem: String,
        /// What to do, as an instruction: ``run `aws sso login --profile cusip-dev` ``.
        advice: String,
        /// The message from the system or the server.
        source: Option<Box<dyn error::Error + Send + Sync>>,
    },

    /// No region is set for the bucket.
    #[error(
        "no region is set for {location:?}; set the region, AWS_REGION, or the region of the AWS \
         profile"
    )]
    NoRegion {
        /// The bucket.
        location: String,
    },

    /// The AWS settings in the environment or a profile are invalid.
    #[error("{problem}")]
    InvalidAws {
        /// The bucket.
        location: String,
        /// What is wrong, and what to do.
        problem: String,
    },

    /// The bucket is in another region.
    #[error("{location:?} is in another region; {}", region_advice(.bucket_region.as_deref()))]
    WrongRegion {
        /// The object or folder.
        location: String,
        /// The bucket's region, if the server named it.
        bucket_region: Option<String>,
    },

    /// The object is archived and must be restored before it can be read.
    #[error(
        "object {location:?} is archived ({storage_class}) and cannot be read; restore it with \
         `aws s3api restore-object`, then try again"
    )]
    Archived {
        /// The object.
        location: String,
        /// The archive's storage class: `GLACIER`, `DEEP_ARCHIVE`.
        storage_class: String,
    },

    /// A setting of the source is invalid.
    #[error("{setting} {value:?} is not valid: {problem}")]
    InvalidSetting {
        /// The setting.
        setting: Setting,
        /// Its value, without any secrets.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },

    /// The file differs from the version that was requested, or changed during the read.
    ///
    /// The same request fails again. List the source again and read the new version.
    #[error("file {location:?} has changed: {change}; try again once it is complete")]
    Changed {
        /// The file.
        location: String,
        /// The difference, as a clause: `its size was 10 bytes and is now 20`.
        change: String,
    },

    /// The content is shorter or longer than the file's metadata says.
    #[error(
        "file {location:?} should have {expected} bytes, but {received} were received; \
         read it again"
    )]
    LengthMismatch {
        /// The file.
        location: String,
        /// The size in the file's metadata.
        expected: u64,
        /// The number of bytes received, up to the first chunk beyond the expected size.
        received: u64,
    },

    /// A string is not a valid key, or not valid in this source.
    #[error(
        "{key:?} is not a valid file key: {problem}; use a relative path such as \
         \"CED07-02R.PIP\""
    )]
    InvalidKey {
        /// The string.
        key: String,
        /// The rule that it breaks.
        problem: &'static str,
    },

    /// The operating system reported an error.
    #[error("{action} {location:?} failed")]
    Io {
        /// The action: `listing`, `opening`, `reading`.
        action: &'static str,
        /// The file, folder or bucket.
        location: String,
        /// The operating system's error.
        source: io::Error,
    },

    /// The source is too busy or failed temporarily; a retry may succeed.
    #[error("{action} {location:?} failed temporarily; try again later")]
    Unavailable {
        /// The action: `listing`, `opening`, `reading`.
        action: &'static str,
        /// The file, folder or bucket.
        location: String,
        /// The message from the connection or the server.
        source: Box<dyn error::Error + Send + Sync>,
    },

    /// The server did not respond.
    #[error("{action} {location:?} failed: the server was not reached; {advice}")]
    Unreached {
        /// The action: `listing`, `opening`, `reading`.
        action: &'static str,
        /// The file, folder or bucket.
        location: String,
        /// The setting that may be wrong.
        setting: Option<Setting>,
        /// What to do, as an instruction.
        advice: String,
        /// The network's error.
        source: Box<dyn error::Error + Send + Sync>,
    },

    /// Any other failure.
    #[error("{action} {location:?} failed")]
    Other {
        /// The action: `listing`, `opening`, `reading`.
        action: &'static str,
        /// The file, folder or bucket.
        location: String,
        /// The cause, which should say what to do.
        source: Box<dyn error::Error + Send + Sync>,
    },
}

impl Error {
    /// Returns the location of the file, folder or bucket, or else the invalid key or value.
    #[must_use]
    pub fn location(&self) -> &str {
        match self {
            Self::FolderNotFound { location }
            | Self::NotAFolder { location }
            | Self::FileNotFound { location }
            | Self::BucketNotFound { location }
            | Self::ObjectNotFound { location, .. }
            | Self::AlreadyExists { location }
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

    /// Returns the setting to check or correct, if the error is about one.
    ///
    /// Programs use it to name their own flag or variable for the setting.
    #[must_use]
    pub fn setting(&self) -> Option<Setting> {
        match self {
            Self::NoRegion { .. } | Self::WrongRegion { .. } => Some(Setting::Region),
            Self::InvalidSetting { setting, .. } => Some(*setting),
            Self::Unreached { setting, .. } => *setting,
            _ => None,
        }
    }

    /// Returns whether the file, or the folder or bucket that should hold it, does not exist.
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

fn key_advice(similar: &[String]) -> String {
    let names: Vec<_> = similar.iter().map(|name| format!("{name:?}")).collect();
    match names.as_slice() {
        [] => "check its key".to_owned(),
        names => format!("check its key: the folder has {}", names.join(", ")),
    }
}

fn region_advice(bucket_region: Option<&str>) -> String {
    match bucket_region {
        Some(region) => format!("set the region to {region:?}"),
        None => "set the region to the bucket's".to_owned(),
    }
}
