//! Rows as text, value by value.

use std::fmt;

use cusip_postgres::Value;

use super::csv::CsvRows;
use super::ndjson::NdjsonRows;

/// Turns rows into CSV or NDJSON, value by value. Take the bytes often: what was not taken is in memory.
pub struct TextRows {
    rows: Rows,
}

enum Rows {
    Csv(CsvRows),
    Ndjson(NdjsonRows),
}

impl TextRows {
    /// Begins comma-separated values with a heading.
    #[must_use]
    pub fn csv<'n>(columns: impl Iterator<Item = &'n str>) -> Self {
        let rows = Rows::Csv(CsvRows::new(columns));
        Self { rows }
    }

    /// Begins JSON objects, each on its own line.
    #[must_use]
    pub fn ndjson<'n>(columns: impl Iterator<Item = &'n str>) -> Self {
        let rows = Rows::Ndjson(NdjsonRows::new(columns));
        Self { rows }
    }

    /// Adds the value of the next column.
    pub fn value(&mut self, value: Value<'_>) {
        match &mut self.rows {
            Rows::Csv(rows) => rows.value(value),
            Rows::Ndjson(rows) => rows.value(value),
        }
    }

    /// Ends a row, which has a value for each column.
    pub fn end_row(&mut self) {
        match &mut self.rows {
            Rows::Csv(rows) => rows.end_row(),
            Rows::Ndjson(rows) => rows.end_row(),
        }
    }

    /// Returns the bytes that can be taken.
    #[must_use]
    pub const fn bytes(&mut self) -> &mut Vec<u8> {
        match &mut self.rows {
            Rows::Csv(rows) => &mut rows.bytes,
            Rows::Ndjson(rows) => &mut rows.bytes,
        }
    }
}

impl fmt::Debug for TextRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TextRows").finish_non_exhaustive()
    }
}
