//! Why a load or a check fails.

use cusip_jobs::{LoadOption, RejectLimit};
use cusip_pif::{Date, Excerpt, FileKind, InvalidFileName};
use thiserror::Error;

use crate::format::ForeignFormat;

/// Why a load or a check failed. Nothing was loaded, unless the [outcome](Self::is_outcome_unknown) is
/// not known.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be found or read.
    #[error(transparent)]
    Source(#[from] cusip_source::Error),
    /// The database refused, failed, or could not be reached.
    #[error(transparent)]
    Database(#[from] cusip_postgres::Error),
    /// No kind was given, and it does not follow from the file's name.
    #[error("cannot tell which kind of file this is: {0}")]
    UnknownKind(InvalidFileName),
    /// Two names of the day differ only in case.
    #[error("{first:?} and {second:?} are names of the same file of the day; remove the wrong one")]
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
        "the files for {date} are incomplete in {location}: {missing} not found; found {instead}{}", advice(*.are_some_there, *.are_names_close)
    )]
    DayNotFound {
        /// The day.
        date: Date,
        /// Where the files should be.
        location: String,
        /// The names that are missing.
        missing: String,
        /// The names that exist instead.
        instead: String,
        /// Whether some of the day's files exist.
        are_some_there: bool,
        /// Whether there are files whose names start like those of the day's files, but end differently.
        are_names_close: bool,
    },
    /// A file is compressed, or not text in a known encoding.
    #[error("{location:?} {format}, then load it again")]
    ForeignFormat {
        /// Where the file is.
        location: String,
        /// What it is.
        format: ForeignFormat,
    },
    /// A file has no trailer.
    #[error(
        "{location:?} has no trailer (a last record that starts with 999999): it was cut off after {rows_read} records; fetch it again, or allow a missing trailer"
    )]
    NoTrailer {
        /// Where the file is.
        location: String,
        /// How many records it has.
        rows_read: u64,
    },
    /// Records follow a file's trailer.
    #[error(
        "{location:?} has records after its trailer on line {line}: files were concatenated, or lines are out of order; fetch it again, or allow a missing trailer and a reject for that line"
    )]
    RecordsAfterTrailer {
        /// Where the file is.
        location: String,
        /// The trailer's line, from 1.
        line: u64,
    },
    /// The trailer's field that counted the records of earlier files has a different number.
    #[error(
        "{location:?} has {rows_read} records, but field {field} of its trailer {}, which should be the record count, does not match: records were lost, or the trailer's layout has changed; fetch it again, or allow this trailer if the file is complete", Excerpt(.trailer)
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
    /// A file was modified too many days before or after its day.
    #[error(
        "{location:?} was last modified {}, and names have no year: it is probably from another year; fetch the right one, or allow more than {max_age_days} days (0 for any number)", distance(*.days, *.date)
    )]
    StaleFile {
        /// Where the file is.
        location: String,
        /// The day that was asked for.
        date: Date,
        /// How many days after that day it was modified; negative for before.
        days: i64,
        /// How many are allowed.
        max_age_days: u32,
    },
    /// The day is in the future.
    #[error(
        "the day {date} is in the future (today is {today}), and its rows would keep out those of all days before it; check the date"
    )]
    FutureDay {
        /// The day that was asked for.
        date: Date,
        /// Today.
        today: Date,
    },
    /// A newer day was loaded.
    #[error(
        "the day {date} is older than {newest}, which job {job} loaded for the kind {kind}: its rows would undo newer ones; load the newer day, or allow an older one"
    )]
    OlderDay {
        /// The kind of file.
        kind: FileKind,
        /// The day that was asked for.
        date: Date,
        /// The newest day loaded.
        newest: Date,
        /// The job that loaded it.
        job: i64,
    },
    /// A user canceled the load.
    #[error("the load was canceled; nothing was loaded")]
    Cancelled,
    /// The program was stopped before the load ended.
    #[error("the program was stopped before the load finished; nothing was loaded; load again")]
    Interrupted,
    /// There are more rejects than the load accepts.
    #[error(
        "{rejected} of {read} records were rejected, and {limit} are allowed; fix the files and load again, or allow more rejects"
    )]
    TooManyRejects {
        /// How many were rejected.
        rejected: u64,
        /// How many were read.
        read: u64,
        /// How many are allowed.
        limit: RejectLimit,
    },
    /// A file that can be read only once had to be read again.
    #[error("{location:?} can be read only once; this is a bug in CusipService; please report it")]
    ReadOnce {
        /// Where the file is.
        location: String,
    },
}

impl Error {
    /// Returns the error's stable code for programs, such as `day_not_found`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(error) if error.is_not_found() => "file_not_found",
            Self::Source(cusip_source::Error::Changed { .. }) => "file_changed",
            Self::Source(_) => "source",
            Self::Database(error) if error.is_busy() => "busy",
            Self::Database(error) if error.is_outcome_unknown() => "outcome_unknown",
            Self::Database(error) if error.is_unavailable() || error.is_connection_lost() => {
                "database_unavailable"
            }
            Self::Database(cusip_postgres::Error::NotAllWritten { .. }) => "not_all_written",
            Self::Database(_) => "database",
            Self::UnknownKind(_) => "unknown_kind",
            Self::AmbiguousNames { .. } => "ambiguous_names",
            Self::SameKind { .. } => "same_kind",
            Self::DayNotFound { .. } => "day_not_found",
            Self::ForeignFormat { .. } => "foreign_format",
            Self::NoTrailer { .. } | Self::RecordsAfterTrailer { .. } => "no_trailer",
            Self::RecordsLost { .. } => "records_lost",
            Self::StaleFile { .. } => "stale_file",
            Self::FutureDay { .. } => "future_day",
            Self::OlderDay { .. } => "older_day",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::TooManyRejects { .. } => "too_many_rejects",
            Self::ReadOnce { .. } => "internal",
        }
    }

    /// Returns whether it is not known if the load was committed.
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_outcome_unknown())
    }

    /// Returns the option that would allow what was refused, if there is one.
    #[must_use]
    pub const fn allowed_by(&self) -> Option<LoadOption> {
        match self {
            Self::DayNotFound {
                are_some_there: true,
                ..
            } => Some(LoadOption::AllowPartial),
            Self::NoTrailer { .. }
            | Self::RecordsAfterTrailer { .. }
            | Self::RecordsLost { .. } => Some(LoadOption::AllowMissingTrailer),
            Self::StaleFile { .. } => Some(LoadOption::MaxAgeDays),
            Self::OlderDay { .. } => Some(LoadOption::AllowOlder),
            Self::TooManyRejects { .. } => Some(LoadOption::MaxRejects),
            _ => None,
        }
    }
}

const fn advice(are_some_there: bool, are_names_close: bool) -> &'static str {
    match (are_some_there, are_names_close) {
        (_, true) => {
            "; names must be exactly like those (case does not matter): unpack or rename the files, or wait until they are complete"
        }
        (true, false) => "; wait for the others, or load without them",
        (false, false) => "",
    }
}

fn distance(days: i64, date: Date) -> String {
    let side = if days < 0 { "before" } else { "after" };
    format!("{} days {side} {date}", days.unsigned_abs())
}
