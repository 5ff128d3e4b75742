//! Rows as NDJSON.

use cusip_postgres::Value;

/// Rows as JSON objects, each on its own line. Nulls are left out, and numbers have every digit.
pub(super) struct NdjsonRows {
    pub(super) bytes: Vec<u8>,
    /// The columns' names as JSON, each with the colon after it.
    names: Vec<Vec<u8>>,
    /// The index of the next value's column.
    column: usize,
    /// What separates the next value from what is before it.
    before: u8,
}

impl NdjsonRows {
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let name = |name: &str| {
            let mut json = Vec::new();
            text(&mut json, name);
            json.push(b':');
            json
        };
        Self {
            bytes: Vec::new(),
            names: names.map(name).collect(),
            column: 0,
            before: b'{',
        }
    }

    pub(super) fn value(&mut self, value: Value<'_>) {
        let column = self.column;
        self.column += 1;
        if value == Value::Null {
            return;
        }
        let bytes = &mut self.bytes;
        bytes.push(self.before);
        bytes.extend_from_slice(&self.names[column]);
        self.before = b',';
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

    pub(super) fn end_row(&mut self) {
        if self.before == b'{' {
            self.bytes.push(b'{');
        }
        self.bytes.extend_from_slice(b"}\n");
        self.column = 0;
        self.before = b'{';
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(bytes, text).expect("a vector takes any bytes, and a string is JSON");
}
