//! What can go wrong while a file is read or written.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::fault::{BadRecord, Fault};
use crate::position::Position;

/// Why a file could not be read or written, or a record of it was bad.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// The kinds of [`Error`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes could not be read or written.
    Io {
        /// The file, if it was opened by its name.
        path: Option<PathBuf>,
        /// What the operating system says.
        source: io::Error,
    },
    /// A record breaks the rules of the format.
    BadRecord {
        /// Where the record begins.
        position: Position,
        /// The whole line without its line end; of a line that is too long, the beginning.
        raw_line: Vec<u8>,
        /// All faults in field order, at least one.
        faults: Vec<Fault>,
    },
    /// A record to be written holds a text that the format cannot hold: there is no escaping.
    Unwritable {
        /// The name of the field.
        field: &'static str,
        /// Its value, which holds a separator, a line feed or a NUL byte.
        value: String,
    },
}

impl Error {
    /// Returns what kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Tells whether reading or writing the bytes failed.
    #[must_use]
    pub const fn is_io(&self) -> bool {
        matches!(*self.0, ErrorKind::Io { .. })
    }

    /// Returns where the bad record begins, if that is the error.
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
            ErrorKind::Unwritable { field, value } => write!(
                formatter,
                "cannot write {field} {value:?}: the format has no way to hold a separator, a line feed or a NUL byte"
            ),
        }
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
