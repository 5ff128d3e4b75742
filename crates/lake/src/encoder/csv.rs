//! Rows as CSV.

use cusip_postgres::{TableColumn, TableRow, Value};

use crate::error::Error;

/// Rows as CSV, with a heading. Null is empty, as is empty text.
pub(super) struct CsvRows {
    pub(super) bytes: Vec<u8>,
}

impl CsvRows {
    pub(super) fn new(columns: &[TableColumn]) -> Self {
        let mut bytes = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            separate(&mut bytes, index);
            text(&mut bytes, &column.name);
        }
        bytes.push(b'\n');
        Self { bytes }
    }

    pub(super) fn push(&mut self, row: &TableRow<'_>) -> Result<(), Error> {
        let bytes = &mut self.bytes;
        for (index, value) in row.values().enumerate() {
            separate(bytes, index);
            match value? {
                Value::Text(value) => text(bytes, value),
                Value::Date(date) => date.append_to(bytes),
                Value::Integer(number) => bytes.extend_from_slice(number.to_string().as_bytes()),
                Value::Decimal(number) => number.append_to(bytes),
                _ => {}
            }
        }
        bytes.push(b'\n');
        Ok(())
    }
}

fn separate(bytes: &mut Vec<u8>, index: usize) {
    if index > 0 {
        bytes.push(b',');
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    if !text.contains([',', '"', '\n', '\r']) {
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    bytes.push(b'"');
    bytes.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    bytes.push(b'"');
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_is_quoted_where_csv_needs_it() {
        let quoted = |text| {
            let mut bytes = Vec::new();
            super::text(&mut bytes, text);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(quoted("AT&T"), "AT&T");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("6 \"PFD\""), "\"6 \"\"PFD\"\"\"");
        assert_eq!(quoted("two\r\nlines"), "\"two\r\nlines\"");
    }
}
