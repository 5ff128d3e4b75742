//! Many results, printed one by one.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Align, Output, OutputFormat, table};

/// Flat rows, printed in the requested format. Only a table is kept in memory, to align its columns.
pub(crate) struct Rows<'a> {
    output: &'a Output,
    table_columns: &'static [&'static str],
    table: Vec<Vec<String>>,
    has_heading: bool,
}

impl<'a> Rows<'a> {
    /// Begins the rows. A table shows only some of the columns.
    pub(crate) const fn new(output: &'a Output, table_columns: &'static [&'static str]) -> Self {
        Self {
            output,
            table_columns,
            table: Vec::new(),
            has_heading: false,
        }
    }

    /// Prints a row. All rows have the same columns.
    pub(crate) fn row(&mut self, row: Map<String, Value>) -> anyhow::Result<()> {
        match self.output.format() {
            OutputFormat::Csv => {
                if !self.has_heading {
                    self.has_heading = true;
                    self.output
                        .exact(&csv_line(row.keys().map(String::as_str))?)?;
                }
                let cells: Vec<_> = row.values().map(plain).collect();
                self.output
                    .exact(&csv_line(cells.iter().map(String::as_str))?)
            }
            OutputFormat::Ndjson => self.output.json_line(&row),
            _ => {
                let cell = |name: &&str| row.get(*name).map(plain).unwrap_or_default();
                self.table
                    .push(self.table_columns.iter().map(cell).collect());
                Ok(())
            }
        }
    }

    /// Prints what has not been printed yet.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        if self.table.is_empty() {
            return Ok(());
        }
        let columns = self.table_columns.iter();
        let columns: Vec<_> = columns.map(|name| (*name, Align::Left)).collect();
        self.output.text(&table(&columns, &self.table))
    }
}

/// A JSON document with a long list, whose items are printed one by one.
pub(crate) struct JsonList<'a> {
    output: &'a Output,
    separator: &'static str,
}

impl<'a> JsonList<'a> {
    /// Begins a document with these values and then the list.
    pub(crate) fn begin(
        values: &Map<String, Value>,
        name: &str,
        output: &'a Output,
    ) -> anyhow::Result<Self> {
        let mut start = "{\n".to_owned();
        for (name, value) in values {
            let value = serde_json::to_string_pretty(value)?;
            start.push_str(&format!("{}: {value},\n", json!(name)));
        }
        output.json(&format!("{start}{}: [", json!(name)))?;
        let separator = "";
        Ok(Self { output, separator })
    }

    pub(crate) fn item(&mut self, item: &impl Serialize) -> anyhow::Result<()> {
        let item = serde_json::to_string_pretty(item)?;
        self.output.json(&format!("{}{item}", self.separator))?;
        self.separator = ",\n";
        Ok(())
    }

    /// Ends the list, and adds another value to the document.
    pub(crate) fn end(self, name: &str, value: &impl Serialize) -> anyhow::Result<()> {
        let value = serde_json::to_string_pretty(value)?;
        self.output
            .json(&format!("],\n{}: {value}\n}}", json!(name)))
    }
}

/// Returns a value as a cell: a string without its quotes, and nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> anyhow::Result<String> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record(cells)?;
    let mut line = String::from_utf8(writer.into_inner()?)?;
    line.pop();
    Ok(line)
}
