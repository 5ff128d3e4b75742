//! Why a program cannot start.

use std::path::PathBuf;

use thiserror::Error;

use crate::invalid_database::InvalidDatabase;

/// Why a program cannot start with its settings.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The log filter cannot be parsed.
    #[error("--log (CUSIP_LOG) {filter:?} is not a valid log filter, such as info")]
    LogFilter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The embedded server's folder is a file.
    #[error("--embedded={} is a file; name a folder for the server's data", .0.display())]
    NotAFolder(PathBuf),
    /// The database settings are invalid.
    #[error(transparent)]
    Settings(#[from] InvalidDatabase),
    /// The embedded server could not be started or stopped.
    #[error(transparent)]
    Embedded(#[from] cusip_embedded::Error),
    /// The embedded server's database could not be migrated.
    #[error(transparent)]
    Database(#[from] cusip_postgres::Error),
    /// The bucket's settings are invalid.
    #[error(transparent)]
    Source(#[from] cusip_source::Error),
    /// A setting needs AWS, which this build leaves out.
    #[error(transparent)]
    NoAws(#[from] NoAwsSupport),
}

/// A setting needs AWS, which this build leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{setting} needs AWS, but this build has no AWS support; build with the default features")]
#[non_exhaustive]
pub struct NoAwsSupport {
    /// What needs AWS.
    pub setting: String,
}
