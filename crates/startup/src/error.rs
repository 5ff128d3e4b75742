//! What can keep a program from starting.

use std::path::PathBuf;

use thiserror::Error;

/// Why a program cannot start with its settings.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The filter of the log is none.
    #[error("--log (CUSIP_LOG) {filter:?} is no filter such as info")]
    LogFilter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// A file stands where the private server's folder should be.
    #[error(
        "--embedded {} is a file, not a folder; name the folder, or put `--embedded` after the files", .0.display()
    )]
    NotAFolder(PathBuf),
    /// The database's settings cannot be meant.
    #[error(transparent)]
    Settings(#[from] cusip_settings::InvalidDatabase),
    /// The private server could not be started or stopped.
    #[error(transparent)]
    Embedded(#[from] cusip_embedded::Error),
    /// The private server's database could not be migrated.
    #[error(transparent)]
    Database(#[from] cusip_postgres::Error),
    /// The bucket cannot be meant.
    #[error(transparent)]
    Source(#[from] cusip_source::Error),
}
