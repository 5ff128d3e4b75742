//! Why a file could not be written.

use std::io;
use std::path::PathBuf;

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
