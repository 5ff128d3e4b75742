//! Rows as NDJSON.

use cusip_postgres::{TableColumn, TableRow, Value};

use crate::error::Error;

/// Rows as JSON objects, each on its own line. Nulls are left out, and numbers have every digit.
pub(super) struct NdjsonRows {
    pub(super) bytes: Vec<u8>,
    /// The columns' names as JSON, each with the colon after it.
    names: Vec<Vec<u8>>,
}

impl NdjsonRows {
    pub(super) fn new(columns: &[TableColumn]) -> Self {
        let name = |column: &TableColumn| {
            let mut name = Vec::new();
            text(&mut name, &column.name);
            name.push(b':');
            name
        };
        Self {
            bytes: Vec::new(),
            names: columns.iter().map(name).collect(),
        }
    }

    pub(super) fn push(&mut self, row: &TableRow<'_>) -> Result<(), Error> {
        let bytes = &mut self.bytes;
        let mut before: &[u8] = b"{";
        for (name, value) in self.names.iter().zip(row.values()) {
            let value = value?;
            if value == Value::Null {
                continue;
            }
            bytes.extend_from_slice(before);
            bytes.extend_from_slice(name);
            before = b",";
            match value {
                Value::Text(value) => text(bytes, value),
                Value::Date(date) => {
                    bytes.push(b'"');
                    date.append_to(bytes);
                    bytes.push(b'"');
                }
                Value::Integer(number) => bytes.extend_from_slice(number.to_string().as_bytes()),
                Value::Decimal(number) => number.append_to(bytes),
                _ => bytes.extend_from_slice(b"null"),
            }
        }
        if before == b"{" {
            bytes.push(b'{');
        }
        bytes.extend_from_slice(b"}\n");
        Ok(())
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(bytes, text).expect("a vector takes any bytes, and a string is JSON");
}
