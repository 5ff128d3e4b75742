//! A server's message, without the values of rows.

use std::error::Error;
use std::fmt;

use tokio_postgres::error::{DbError, SqlState};

/// A server's message. Does not show the row that violates a constraint, which is the vendor's data.
pub(crate) struct ServerMessage(DbError);

impl ServerMessage {
    pub(crate) const fn new(message: DbError) -> Self {
        Self(message)
    }

    pub(crate) const fn message(&self) -> &DbError {
        &self.0
    }

    fn contains_row(&self) -> bool {
        [SqlState::CHECK_VIOLATION, SqlState::NOT_NULL_VIOLATION].contains(self.0.code())
    }
}

impl fmt::Display for ServerMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.contains_row() {
            return self.0.fmt(formatter);
        }
        let (severity, message) = (self.0.severity(), self.0.message());
        write!(
            formatter,
            "{severity}: {message}; change or drop this constraint if the vendor's records need not satisfy it"
        )
    }
}

impl fmt::Debug for ServerMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for ServerMessage {}
