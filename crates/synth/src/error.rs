//! Errors from generating and writing a synthetic day.

use std::io;
use std::path::PathBuf;

use cusip_pif::Date;
use thiserror::Error;

/// Why a synthetic day cannot be generated or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// There are not enough issuer numbers.
    #[error("cannot generate {issuers} issuers: a synthetic day has at most {max}")]
    TooManyIssuers {
        /// The requested number.
        issuers: u32,
        /// The maximum.
        max: u32,
    },
    /// There are not enough issue numbers.
    #[error("cannot generate {issues} issues per issuer: a synthetic day has at most {max}")]
    TooManyIssues {
        /// The requested number.
        issues: u16,
        /// The maximum.
        max: u16,
    },
    /// The share of changed records is more than all of them.
    #[error("cannot change {per_mille} of 1000 records: the number must be from 0 to 1000")]
    ChangedShare {
        /// The requested share.
        per_mille: u16,
    },
    /// The sequence has no days, too many, or ends after the year 9999.
    #[error(
        "cannot generate {days} business days from {first}: a sequence has 1 to {max} days, and ends by 9999-12-31"
    )]
    Days {
        /// The requested number of days.
        days: u16,
        /// The first day.
        first: Date,
        /// The maximum.
        max: u16,
    },
    /// The folder, or a file in it, cannot be created.
    #[error("cannot create files in the folder {path:?}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error from the operating system.
        source: io::Error,
    },
    /// A file of the day exists.
    #[error(
        "{path:?} already exists, and may be a real file; choose another folder, or overwrite it"
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The records cannot be written.
    #[error("cannot write {path:?}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The error from the writer.
        source: cusip_pif::Error,
    },
    /// The finished file cannot be moved to its final path.
    #[error("cannot move the finished file to {path:?}")]
    Place {
        /// The final path.
        path: PathBuf,
        /// The error from the operating system.
        source: io::Error,
    },
}
