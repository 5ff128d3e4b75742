//! Rejects as batches.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{BinaryBuilder, Int64Builder, StringBuilder};
use cusip_pif::BadRecord;

use crate::schema::rejects_schema;

/// Lines can have 64 KiB, so the number of rows alone would not limit the memory.
const MOST_LINE_BYTES: usize = 16 * 1024 * 1024;

/// Builds batches of rejects. [`rejects_schema`] has the columns.
#[derive(Debug, Default)]
pub struct RejectBuilder {
    rows: usize,
    line_bytes: usize,
    line_number: Int64Builder,
    byte_offset: Int64Builder,
    field: StringBuilder,
    value: StringBuilder,
    rule: StringBuilder,
    message: StringBuilder,
    raw_line: BinaryBuilder,
}

impl RejectBuilder {
    /// Creates an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of rejects so far.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns whether the batch has this many rows, or so many bytes that it is time to finish it.
    #[must_use]
    pub const fn is_full(&self, batch_rows: usize) -> bool {
        self.rows >= batch_rows || self.line_bytes >= MOST_LINE_BYTES
    }

    /// Adds a bad record.
    pub fn push(&mut self, bad: &BadRecord<'_>) {
        let first = &bad.faults[0];
        self.rows += 1;
        self.line_bytes += bad.raw_line.len();
        self.line_number.append_value(bad.position.line as i64);
        self.byte_offset
            .append_value(bad.position.byte_offset as i64);
        self.field
            .append_option(first.field.map(|field| field.name));
        self.value.append_option(first.value.as_deref());
        self.rule.append_value(first.rule.code());
        self.message.append_value(message(bad));
        self.raw_line.append_value(bad.raw_line);
    }

    /// Returns the batch, and starts the next one.
    #[must_use]
    pub fn finish(&mut self) -> RecordBatch {
        (self.rows, self.line_bytes) = (0, 0);
        RecordBatch::try_new(
            rejects_schema(),
            vec![
                Arc::new(self.line_number.finish()),
                Arc::new(self.byte_offset.finish()),
                Arc::new(self.field.finish()),
                Arc::new(self.value.finish()),
                Arc::new(self.rule.finish()),
                Arc::new(self.message.finish()),
                Arc::new(self.raw_line.finish()),
            ],
        )
        .expect("the columns are those of the schema")
    }
}

fn message(bad: &BadRecord<'_>) -> String {
    let mut message = String::new();
    for (index, fault) in bad.faults.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        // Writing to a string cannot fail.
        let _ = write!(message, "{separator}{fault}");
    }
    message
}
