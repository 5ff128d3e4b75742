//! Why the AWS settings are invalid.

use std::path::PathBuf;

use thiserror::Error;

/// Why the AWS settings are invalid. No message shows a value that may be secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidConfiguration {
    /// A variable contains characters that its value cannot have.
    #[error("{name} contains {what}; remove it and set the variable again")]
    Variable {
        /// The variable's name.
        name: String,
        /// What it contains, with an article.
        what: &'static str,
    },
    /// One of two variables that belong together is missing.
    #[error("{given} is set, but {missing} is not; set both or neither")]
    Half {
        /// The variable that is set.
        given: &'static str,
        /// The variable that is missing.
        missing: &'static str,
    },
    /// The region is not a valid region name.
    #[error("{region:?} is not the name of a region; set one such as us-east-1")]
    Region {
        /// The region.
        region: String,
    },
    /// A variable names a file that does not exist.
    #[error("{variable} names the file {path:?}, which does not exist; correct or unset it")]
    NoSuchFile {
        /// The variable's name.
        variable: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A profile file cannot be read.
    #[error("cannot read the AWS profile file {path:?}: {reason}; fix it")]
    ProfileFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// No file has the profile.
    #[error("the AWS profile {profile:?} does not exist; {advice}")]
    NoSuchProfile {
        /// The profile's name.
        profile: String,
        /// What to do.
        advice: String,
    },
}
