//! What can keep a load from succeeding.

use cusip_pif::{Date, FileKind, InvalidFileName};
use thiserror::Error;

use crate::limit::RejectLimit;

/// Why a load or a check could not be done. In every case nothing was loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be found or read.
    #[error(transparent)]
    Source(#[from] cusip_source::Error),
    /// The database refused, failed or could not be reached.
    #[error(transparent)]
    Database(#[from] cusip_postgres::Error),
    /// No kind was given and the file's name tells none.
    #[error(
        "cannot tell which kind of file this is: {0}; say it with `--type issuer`, `issue` or `issue_attr`"
    )]
    UnknownKind(InvalidFileName),
    /// Two names of the day differ in case alone.
    #[error(
        "{first:?} and {second:?} are the same file of the day; remove the one that is not meant"
    )]
    AmbiguousNames {
        /// Where the first one is.
        first: String,
        /// Where the second one is.
        second: String,
    },
    /// Two files of one kind were given to one load.
    #[error("{first:?} and {second:?} are both {kind} files; load them one after the other")]
    SameKind {
        /// The kind.
        kind: FileKind,
        /// Where the first one is.
        first: String,
        /// Where the second one is.
        second: String,
    },
    /// Files of the day are missing.
    #[error(
        "the day {date} is not complete in {place}: {missing} not found; there is {instead}{}", advice(*.are_some_there)
    )]
    DayNotFound {
        /// The day.
        date: Date,
        /// Where the files were looked for.
        place: String,
        /// The names that were looked for and are not there.
        missing: String,
        /// What is there.
        instead: String,
        /// Whether some of the day's files are.
        are_some_there: bool,
    },
    /// A file is compressed.
    #[error("{location:?} is gzip-compressed; unpack it (`gunzip`), then load it again")]
    Compressed {
        /// Where the file is.
        location: String,
    },
    /// A file has no trailer.
    #[error(
        "{location:?} has no trailer (a last record that starts with 999999): it was cut off after {rows_read} records; fetch it again, or, if it is meant to have none, allow that"
    )]
    NoTrailer {
        /// Where the file is.
        location: String,
        /// How many records it has.
        rows_read: u64,
    },
    /// A file goes on behind its trailer.
    #[error(
        "{location:?} has records behind its trailer on line {line}: files were put together, or lines are out of order; fetch it again"
    )]
    RecordsAfterTrailer {
        /// Where the file is.
        location: String,
        /// The trailer's line, from 1.
        line: u64,
    },
    /// The trailer's field that counted the records of earlier files is another number.
    #[error(
        "{location:?} has {rows_read} records, but field {field} of its trailer {trailer:?}, which counted the records of earlier files, says otherwise: records were lost, or the trailer's layout has changed; fetch it again, or, if it is whole, allow that"
    )]
    RecordsLost {
        /// Where the file is.
        location: String,
        /// How many records it has.
        rows_read: u64,
        /// The trailer's field, from 1.
        field: usize,
        /// The trailer.
        trailer: String,
    },
    /// A file was changed too long before or after its day.
    #[error(
        "{location:?} was last changed {}, and names carry no year: it is most likely the file of another year; fetch the right one, or allow more than {max_age_days} days, 0 for any number", distance(*.days, *.date)
    )]
    StaleFile {
        /// Where the file is.
        location: String,
        /// The day that it should be of.
        date: Date,
        /// How many days after that day it was changed; negative for before.
        days: i64,
        /// How many are allowed.
        max_age_days: u32,
    },
    /// A newer day was loaded.
    #[error(
        "the day {date} is older than {newest}, which job {job} loaded for the kind {kind}: its rows would undo newer ones; if that is meant, allow it"
    )]
    OlderDay {
        /// The kind of file.
        kind: FileKind,
        /// The day that was asked for.
        date: Date,
        /// The newest day loaded, as `YYYY-MM-DD`.
        newest: String,
        /// The job that loaded it.
        job: i64,
    },
    /// Somebody cancelled the load.
    #[error("the load was cancelled; nothing was loaded")]
    Cancelled,
    /// The program ended before the load did.
    #[error("the program was stopped before the load was done; nothing was loaded, load again")]
    Interrupted,
    /// More records break the rules than the load may go on with.
    #[error(
        "{rejected} of {read} records were rejected where {limit} are allowed; mend the files and load again, or allow more rejects"
    )]
    TooManyRejects {
        /// How many were rejected.
        rejected: u64,
        /// How many were read.
        read: u64,
        /// How many are allowed.
        limit: RejectLimit,
    },
    /// The server took in another number of rows than it was sent.
    #[error(
        "the database took in {copied} records of {location:?} where {sent} were sent; load again, and report this if it comes again"
    )]
    CopyMiscounted {
        /// Where the file is.
        location: String,
        /// How many rows were sent.
        sent: u64,
        /// How many the server counted.
        copied: u64,
    },
}

impl Error {
    /// Returns the error's stable code, by which programs tell errors apart, e.g. `day_not_found`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(error) if error.is_not_found() => "file_not_found",
            Self::Source(cusip_source::Error::Changed { .. }) => "file_changed",
            Self::Source(_) => "source",
            Self::Database(error) if error.is_busy() => "busy",
            Self::Database(error) if error.is_unavailable() => "database_unavailable",
            Self::Database(_) => "database",
            Self::UnknownKind(_) => "unknown_kind",
            Self::AmbiguousNames { .. } => "ambiguous_names",
            Self::SameKind { .. } => "same_kind",
            Self::DayNotFound { .. } => "day_not_found",
            Self::Compressed { .. } => "compressed",
            Self::NoTrailer { .. } | Self::RecordsAfterTrailer { .. } => "no_trailer",
            Self::RecordsLost { .. } => "records_lost",
            Self::StaleFile { .. } => "stale_file",
            Self::OlderDay { .. } => "older_day",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::TooManyRejects { .. } => "too_many_rejects",
            Self::CopyMiscounted { .. } => "copy_miscounted",
        }
    }

    /// Returns the name of the field of [`LoadOptions`](crate::LoadOptions) that allows what the error
    /// says may be allowed, if it says so. How users give the option is for programs to say.
    #[must_use]
    pub const fn option(&self) -> Option<&'static str> {
        match self {
            Self::DayNotFound {
                are_some_there: true,
                ..
            } => Some("allow_partial"),
            Self::NoTrailer { .. } | Self::RecordsLost { .. } => Some("allow_missing_trailer"),
            Self::StaleFile { .. } => Some("max_age_days"),
            Self::OlderDay { .. } => Some("allow_older"),
            Self::TooManyRejects { .. } => Some("max_rejects"),
            _ => None,
        }
    }
}

/// Returns an error's text with those of its causes.
pub(crate) fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

const fn advice(are_some_there: bool) -> &'static str {
    match are_some_there {
        true => "; have the others delivered, or load without them",
        false => "",
    }
}

fn distance(days: i64, date: Date) -> String {
    let side = if days < 0 { "before" } else { "after" };
    format!("{} days {side} {date}", days.unsigned_abs())
}
