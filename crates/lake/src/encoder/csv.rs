//! Rows as CSV.

use cusip_postgres::Value;

/// Rows as CSV, with a heading. Null is empty, as is empty text.
pub(super) struct CsvRows {
    pub(super) bytes: Vec<u8>,
    is_in_row: bool,
}

impl CsvRows {
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut rows = Self {
            bytes: Vec::new(),
            is_in_row: false,
        };
        for name in names {
            rows.value(Value::Text(name));
        }
        rows.end_row();
        rows
    }

    pub(super) fn value(&mut self, value: Value<'_>) {
        let bytes = &mut self.bytes;
        if self.is_in_row {
            bytes.push(b',');
        }
        self.is_in_row = true;
        match value {
            Value::Text(value) => text(bytes, value),
            Value::Date(date) => date.append_to(bytes),
            Value::Integer(number) => bytes.extend_from_slice(number.to_string().as_bytes()),
            Value::Decimal(number) => number.append_to(bytes),
            _ => {}
        }
    }

    pub(super) fn end_row(&mut self) {
        self.is_in_row = false;
        self.bytes.push(b'\n');
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
