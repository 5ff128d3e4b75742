//! Writes rows as CSV.

use std::mem;

use csv::{Terminator, WriterBuilder};
use serde_json::Value;

/// Writes rows as lines of CSV.
pub(super) struct Lines(csv::Writer<Vec<u8>>);

impl Lines {
    pub(super) fn new() -> Self {
        Self(writer())
    }

    /// Adds a line of cells.
    pub(super) fn push<T: AsRef<[u8]>>(&mut self, cells: impl Iterator<Item = T>) {
        let written = self.0.write_record(cells);
        let written = written.and_then(|()| Ok(self.0.flush()?));
        written.expect("memory takes lines that all have the same number of cells");
    }

    /// Returns how many bytes were written since they were last taken.
    pub(super) fn len(&self) -> usize {
        self.0.get_ref().len()
    }

    /// Returns what was written since the last time.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let lines = mem::replace(&mut self.0, writer());
        lines.into_inner().expect("memory takes all lines")
    }
}

/// Returns a value as a cell: a string without its quotes, and nothing for null.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// Returns a writer of lines.
fn writer() -> csv::Writer<Vec<u8>> {
    WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new())
}
