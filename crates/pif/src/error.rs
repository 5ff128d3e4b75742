//! Errors from reading and writing files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::excerpt::Excerpt;
use crate::fault::{BadRecord, Fault};
use crate::position::Position;
use crate::trailer::Trailer;

/// The error type of this crate: reading or writing failed, or a record is bad.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// What went wrong, and where.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes could not be read or written.
    Io {
        /// The path of the file, if the reader opened it.
        path: Option<PathBuf>,
        /// The error from the operating system.
        source: io::Error,
    },
    /// A record breaks the rules of the format.
    BadRecord {
        /// Where the record starts.
        position: Position,
        /// The whole line without its line ending, or the first part of a line that is too long.
        raw_line: Vec<u8>,
        /// All faults in field order. There is at least one.
        faults: Vec<Fault>,
    },
    /// The file has no trailer, so it was probably cut off.
    CutOff {
        /// The path of the file, if the reader opened it.
        path: Option<PathBuf>,
        /// The number of data records in the part that arrived.
        data_records: u64,
    },
    /// The trailer states another number of records than the file has.
    CountMismatch {
        /// The path of the file, if the reader opened it.
        path: Option<PathBuf>,
        /// The trailer.
        trailer: Trailer,
        /// The number of data records in the file.
        data_records: u64,
    },
    /// A record contains text that the format cannot represent, because it has no escaping.
    Unwritable {
        /// The name of the field.
        field: &'static str,
        /// The value, which contains a separator, a line feed or a NUL byte.
        value: String,
    },
}

impl Error {
    /// Returns what went wrong.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Returns whether reading or writing the bytes failed.
    #[must_use]
    pub const fn is_io(&self) -> bool {
        matches!(*self.0, ErrorKind::Io { .. })
    }

    /// Returns where the record starts, if the error is a bad record.
    #[must_use]
    pub const fn position(&self) -> Option<Position> {
        match *self.0 {
            ErrorKind::BadRecord { position, .. } => Some(position),
            _ => None,
        }
    }

    pub(crate) fn io(path: Option<PathBuf>, source: io::Error) -> Self {
        Self(Box::new(ErrorKind::Io { path, source }))
    }

    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }

    pub(crate) fn unwritable(field: &'static str, value: &str) -> Self {
        let value = value.to_owned();
        Self(Box::new(ErrorKind::Unwritable { field, value }))
    }
}

impl From<BadRecord<'_>> for Error {
    fn from(record: BadRecord<'_>) -> Self {
        Self(Box::new(ErrorKind::BadRecord {
            position: record.position,
            raw_line: record.raw_line.to_owned(),
            faults: record.faults.to_owned(),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::Io {
                path: Some(path), ..
            } => {
                write!(formatter, "cannot read {}", path.display())
            }
            ErrorKind::Io { path: None, .. } => formatter.write_str("cannot read or write records"),
            ErrorKind::BadRecord {
                position, faults, ..
            } => {
                write!(formatter, "{position}: ")?;
                for (index, fault) in faults.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(formatter, "{separator}{fault}")?;
                }
                Ok(())
            }
            ErrorKind::CutOff { path, data_records } => {
                write_path(formatter, path.as_deref())?;
                write!(
                    formatter,
                    "the file has no trailer after {data_records} records, so it was probably cut off; get it again"
                )
            }
            ErrorKind::CountMismatch {
                path,
                trailer,
                data_records,
            } => {
                write_path(formatter, path.as_deref())?;
                write!(
                    formatter,
                    "the file has {data_records} records, but its trailer {} states another number; get it again",
                    Excerpt(&trailer.text)
                )
            }
            ErrorKind::Unwritable { field, value } => write!(
                formatter,
                "cannot write {field} {value:?}: the format cannot represent a separator (|), a line feed or a NUL byte"
            ),
        }
    }
}

fn write_path(formatter: &mut fmt::Formatter<'_>, path: Option<&Path>) -> fmt::Result {
    match path {
        Some(path) => write!(formatter, "{}: ", path.display()),
        None => Ok(()),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            ErrorKind::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
