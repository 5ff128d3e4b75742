//! Writes items in the format of the answer, in chunks.

use std::mem;

use axum::body::Bytes;
use cusip_jobs::remove_nulls;
use serde_json::{Map, Value};

use super::batches::Batches;
use super::csv::{Lines, plain};
use super::items::Items;
use crate::problem::Problem;
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
pub(super) struct Writer<I> {
    output: Output,
    items: I,
    /// What was written and not yet returned.
    written: Bytes,
    has_ended: bool,
}

/// What is written, in the format of the answer.
enum Output {
    Json {
        text: String,
        is_single: bool,
        has_items: bool,
    },
    Ndjson(String),
    Csv(Box<Lines>),
    Arrow(Box<Batches>),
}

impl<I: Items> Writer<I> {
    /// Begins an answer.
    pub(super) fn new(
        representation: &Representation,
        envelope: &Envelope,
        items: I,
    ) -> Result<Self, Problem> {
        let columns = items.columns();
        let output = match representation.format {
            Format::Json => {
                let Envelope { name, fields, .. } = envelope;
                let head = representation.json_head();
                let bracket = if envelope.is_single { "" } else { "[" };
                Output::Json {
                    text: format!("{head}{fields},\"{name}\":{bracket}"),
                    is_single: envelope.is_single,
                    has_items: false,
                }
            }
            Format::Ndjson => Output::Ndjson(String::new()),
            Format::Csv => {
                let mut lines = Lines::new();
                lines.push(columns.iter().map(|column| column.name()));
                Output::Csv(Box::new(lines))
            }
            Format::Arrow => Output::Arrow(Box::new(Batches::new(columns, representation.state)?)),
        };
        Ok(Self {
            output,
            items,
            written: Bytes::new(),
            has_ended: false,
        })
    }

    /// Returns whether the last chunk has been returned.
    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended && self.written.is_empty()
    }

    /// Returns the next chunk.
    pub(super) async fn chunk(&mut self) -> Result<Bytes, Problem> {
        while self.written.is_empty() && !self.has_ended {
            match self.items.next().await? {
                Some(item) => self.output.push(&item, &self.items)?,
                None => {
                    self.has_ended = true;
                    self.output.end(&self.items)?;
                }
            }
            if self.has_ended || self.output.len() >= CHUNK_BYTES {
                self.written = self.output.take();
            }
        }
        // A batch of Arrow is long, and a slow client has a time limit for each chunk.
        let length = match self.written.len() {
            length if length < 2 * CHUNK_BYTES => length,
            _ => CHUNK_BYTES,
        };
        Ok(self.written.split_to(length))
    }
}

impl Output {
    fn push(&mut self, item: &str, items: &impl Items) -> Result<(), Problem> {
        match self {
            Self::Json {
                text, has_items, ..
            } => {
                if *has_items {
                    text.push(',');
                }
                text.push_str(item);
                *has_items = true;
            }
            Self::Ndjson(text) => {
                text.push_str(&without_nulls(item));
                text.push('\n');
            }
            Self::Csv(lines) => {
                for record in items.records(object(item)) {
                    let names = items.columns().iter().map(|column| column.name());
                    lines.push(names.map(|name| record.get(name).map(plain).unwrap_or_default()));
                }
            }
            Self::Arrow(batches) => {
                for record in items.records(object(item)) {
                    batches.push(&record)?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, items: &impl Items) -> Result<(), Problem> {
        match self {
            Self::Json {
                text, is_single, ..
            } => {
                if !*is_single {
                    text.push(']');
                }
                if let Some(next) = items.next_page() {
                    let next = next.map_or(Value::Null, Value::String);
                    text.push_str(&format!(",\"next\":{next}"));
                }
                text.push('}');
                Ok(())
            }
            Self::Ndjson(_) | Self::Csv(_) => Ok(()),
            Self::Arrow(batches) => batches.finish(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Json { text, .. } | Self::Ndjson(text) => text.len(),
            Self::Csv(lines) => lines.len(),
            Self::Arrow(batches) => batches.len(),
        }
    }

    fn take(&mut self) -> Bytes {
        match self {
            Self::Json { text, .. } | Self::Ndjson(text) => mem::take(text).into(),
            Self::Csv(lines) => lines.take().into(),
            Self::Arrow(batches) => batches.take().into(),
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
