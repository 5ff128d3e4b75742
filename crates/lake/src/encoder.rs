//! Turns rows into the bytes of a file.

mod csv;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;
mod text;

use std::{fmt, mem};

use cusip_postgres::{TableColumn, TableRow};

#[cfg(feature = "parquet")]
use self::parquet::ParquetRows;
pub use self::text::TextRows;
use crate::error::Error;
use crate::format::Format;

/// Turns rows into the bytes of a file. Take the bytes often: what was not taken is in memory.
pub struct Encoder {
    rows: Rows,
}

enum Rows {
    Text(TextRows),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetRows>),
}

impl Encoder {
    /// Begins a file. Only Parquet has a place for the metadata, which is key-value pairs.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] if the file cannot be begun.
    pub fn new(
        format: Format,
        columns: &[TableColumn],
        metadata: &[(&str, String)],
    ) -> Result<Self, Error> {
        let _ = metadata;
        let names = columns.iter().map(|column| column.name.as_str());
        let rows = match format {
            Format::Csv => Rows::Text(TextRows::csv(names)),
            Format::Ndjson => Rows::Text(TextRows::ndjson(names)),
            #[cfg(feature = "parquet")]
            Format::Parquet => Rows::Parquet(Box::new(ParquetRows::new(columns, metadata)?)),
        };
        Ok(Self { rows })
    }

    /// Adds a row with the columns of the file.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if a value is not one of its column's type, [`Error::TooManyDigits`] or
    /// [`Error::Parquet`] if it cannot be written.
    pub fn push(&mut self, row: &TableRow<'_>) -> Result<(), Error> {
        match &mut self.rows {
            Rows::Text(rows) => {
                for value in row.values() {
                    rows.value(value?);
                }
                rows.end_row();
                Ok(())
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.push(row),
        }
    }

    /// Returns the bytes that can be taken, which may be fewer than what is in memory.
    #[must_use]
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        match &mut self.rows {
            Rows::Text(rows) => rows.bytes(),
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.bytes(),
        }
    }

    /// Ends the file, and returns the bytes that were not taken.
    ///
    /// # Errors
    ///
    /// Same as [`push`](Self::push).
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        match self.rows {
            Rows::Text(mut rows) => Ok(mem::take(rows.bytes())),
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.finish(),
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Encoder").finish_non_exhaustive()
    }
}
