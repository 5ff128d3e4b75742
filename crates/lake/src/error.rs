//! Why a file could not be written.

use std::io;
use std::path::PathBuf;

use cusip_jobs::JobId;
use cusip_postgres::InvalidValue;
use thiserror::Error;

/// Why a file could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// There is a file of that name.
    #[error("{path:?} already exists; choose another folder, or allow replacing it")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("cannot write {path:?}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("cannot read {path:?}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's message.
        source: io::Error,
    },
    /// The bucket could not be read or written.
    #[cfg(feature = "s3")]
    #[error(transparent)]
    Source(#[from] cusip_source::Error),
    /// The database could not be read.
    #[error(transparent)]
    Database(#[from] cusip_postgres::Error),
    /// The lake does not go with the database.
    #[error("{problem}")]
    OtherLake {
        /// What is different, and what to do.
        problem: String,
    },
    /// Loads that the lake does not have yet were pruned from the history.
    #[error(
        "the lake ends with job {last}, but the history of the database begins with job {oldest}: the versions between them were pruned; sync to a new folder, and prune only what was synced"
    )]
    Pruned {
        /// The last load in the lake.
        last: JobId,
        /// The oldest load whose state can be shown.
        oldest: JobId,
    },
    /// A file is not what this program would have written.
    #[error("{location:?} {problem}")]
    Damaged {
        /// The file.
        location: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Another program writes the lake.
    #[error(
        "another sync is writing {location:?}; wait until it has ended, and run this one again"
    )]
    Busy {
        /// The file.
        location: String,
    },
    /// A value is not one of its column's type.
    #[error(transparent)]
    Value(#[from] InvalidValue),
    /// A number has more digits than its column in a Parquet file.
    #[error(
        "the number {number} in the column {column} does not fit DECIMAL({precision},{scale}); export it as CSV"
    )]
    TooManyDigits {
        /// The column.
        column: String,
        /// The number.
        number: String,
        /// The maximum number of digits.
        precision: u8,
        /// The number of digits after the decimal point.
        scale: u8,
    },
    /// The Parquet file could not be written.
    #[error("cannot write the Parquet file")]
    Parquet {
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Returns whether there is a file of that name that may not be replaced.
    #[must_use]
    pub const fn is_exists(&self) -> bool {
        match self {
            Self::Exists { .. } => true,
            #[cfg(feature = "s3")]
            Self::Source(error) => matches!(error, cusip_source::Error::AlreadyExists { .. }),
            _ => false,
        }
    }

    /// Returns whether another program writes the same files.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}
