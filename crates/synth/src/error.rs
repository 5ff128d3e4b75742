//! Why a synthetic day could not be made or written.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a synthetic day could not be made or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// There are not so many issuer numbers.
    #[error("cannot number {issuers} issuers: a synthetic day has {max} at most")]
    TooManyIssuers {
        /// How many were asked for.
        issuers: u32,
        /// The most that a day can have.
        max: u32,
    },
    /// There are not so many issue numbers.
    #[error("cannot number {issues} issues per issuer: a synthetic day has {max} at most")]
    TooManyIssues {
        /// How many were asked for.
        issues: u16,
        /// The most that an issuer can have.
        max: u16,
    },
    /// More records were to change than there are.
    #[error("cannot change {per_mille} of a thousand records: give a share from 0 to 1000")]
    ChangedShare {
        /// The share that was asked for.
        per_mille: u16,
    },
    /// The folder could not be made, or no file can be made in it.
    #[error("cannot make a file in the folder {path:?}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The records could not be written.
    #[error("cannot write {path:?}")]
    Write {
        /// The file that the records were for.
        path: PathBuf,
        /// What the writer says.
        source: cusip_pif::Error,
    },
    /// The finished file could not be given its name.
    #[error("cannot put the finished file in place as {path:?}")]
    Place {
        /// The file's name.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}
