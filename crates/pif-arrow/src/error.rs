//! Why a file cannot be read completely.

use arrow_schema::ArrowError;
use thiserror::Error;

/// Why a file cannot be read, or is not complete.
///
/// A [`BatchReader`](crate::BatchReader) returns it inside [`ArrowError::ExternalError`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes could not be read.
    #[error("cannot read the file after record {records}")]
    Read {
        /// The number of records before.
        records: u64,
        /// The parser's error.
        source: cusip_pif::Error,
    },
    /// The file has no trailer.
    #[error("the file has no trailer after record {records}, so it was cut off")]
    CutOff {
        /// The number of records, including bad ones.
        records: u64,
    },
    /// The trailer counts a different number of records.
    #[error("the file has {records} records, but its trailer {trailer:?} counts {counted}")]
    CountMismatch {
        /// The number of records, including bad ones.
        records: u64,
        /// The number in the trailer.
        counted: u64,
        /// The trailer.
        trailer: String,
    },
}

impl From<Error> for ArrowError {
    fn from(error: Error) -> Self {
        Self::ExternalError(Box::new(error))
    }
}
