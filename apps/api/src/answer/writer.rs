//! Writes items as JSON, NDJSON or CSV, in chunks.

use axum::body::Bytes;
use cusip_postgres::Error;
use serde_json::{Map, Value};

use super::items::Items;
use crate::representation::{Format, Representation};

/// Items are short, so many are sent together.
const CHUNK_BYTES: usize = 64 * 1024;

/// The JSON object around the items. The other formats have only the items.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// The field with the items.
    pub(crate) name: &'static str,
    /// Fields between the state and the items, each as `,"name":value`.
    pub(crate) fields: String,
    /// Whether the field has one item in place of a list.
    pub(crate) is_single: bool,
}

impl Envelope {
    pub(crate) const fn list(name: &'static str) -> Self {
        Self {
            name,
            fields: String::new(),
            is_single: false,
        }
    }

    pub(crate) const fn single(name: &'static str) -> Self {
        Self {
            name,
            fields: String::new(),
            is_single: true,
        }
    }

    /// Adds a field, whose value is JSON.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push_str(&format!(",\"{name}\":{value}"));
        self
    }
}

/// Writes items in chunks.
#[derive(Debug)]
pub(super) struct Writer<I> {
    format: Format,
    head: Option<String>,
    is_single: bool,
    items: I,
    has_items: bool,
    has_ended: bool,
}

impl<I: Items> Writer<I> {
    pub(super) fn new(representation: &Representation, envelope: Envelope, items: I) -> Self {
        let format = representation.format;
        let head = match format {
            Format::Json => {
                let Envelope {
                    name,
                    fields,
                    is_single,
                } = &envelope;
                let bracket = if *is_single { "" } else { "[" };
                format!(
                    "{}{fields},\"{name}\":{bracket}",
                    representation.json_head()
                )
            }
            Format::Ndjson => String::new(),
            Format::Csv => csv_line(items.columns().iter().copied()),
        };
        Self {
            format,
            head: Some(head),
            is_single: envelope.is_single,
            items,
            has_items: false,
            has_ended: false,
        }
    }

    /// Returns whether the last chunk has been written.
    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Writes the next chunk.
    pub(super) async fn chunk(&mut self) -> Result<Bytes, Error> {
        let mut chunk = self.head.take().unwrap_or_default();
        while chunk.len() < CHUNK_BYTES {
            match self.items.next().await? {
                Some(item) => self.write(&item, &mut chunk),
                None => {
                    self.end(&mut chunk);
                    break;
                }
            }
        }
        Ok(chunk.into())
    }

    fn write(&mut self, item: &str, chunk: &mut String) {
        match self.format {
            Format::Json => {
                if self.has_items {
                    chunk.push(',');
                }
                chunk.push_str(item);
            }
            Format::Ndjson => {
                let line = without_nulls(item);
                chunk.push_str(&line);
                chunk.push('\n');
            }
            Format::Csv => {
                let object = object(item);
                for record in self.items.records(object) {
                    let cell = |name: &&str| record.get(*name).map(plain).unwrap_or_default();
                    let cells: Vec<_> = self.items.columns().iter().map(cell).collect();
                    chunk.push_str(&csv_line(cells.iter().map(String::as_str)));
                }
            }
        }
        self.has_items = true;
    }

    fn end(&mut self, chunk: &mut String) {
        self.has_ended = true;
        if self.format == Format::Json {
            if !self.is_single {
                chunk.push(']');
            }
            if let Some(next) = self.items.next_page() {
                let next = next.map_or(Value::Null, Value::String);
                chunk.push_str(&format!(",\"next\":{next}"));
            }
            chunk.push('}');
        }
    }
}

/// Reads an item, which this program or the server has written.
fn object(item: &str) -> Map<String, Value> {
    serde_json::from_str(item).expect("every item is a JSON object")
}

fn without_nulls(item: &str) -> String {
    let mut value = Value::Object(object(item));
    remove_nulls(&mut value);
    value.to_string()
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

/// Returns a value as a cell: a string without its quotes, and nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            line.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_csv_needs_it() {
        let cells = ["", "AT&T", "a,b", "6 \"preferred\"", "two\nlines"];
        assert_eq!(
            csv_line(cells.into_iter()),
            ",AT&T,\"a,b\",\"6 \"\"preferred\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn nulls_are_left_out_and_numbers_keep_their_digits() {
        let item = r#"{"a":null,"rate":4.812500,"b":{"c":null,"d":[{"e":null}]}}"#;
        assert_eq!(without_nulls(item), r#"{"rate":4.812500,"b":{"d":[{}]}}"#);
    }
}
