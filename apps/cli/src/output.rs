//! Standard output and standard error, as text or as JSON.

mod rows;

use std::io::{self, IsTerminal as _, Write};

use anyhow::Context as _;
use clap::ValueEnum;
use cusip_config::{message_with_hint, printable, printable_json, printable_line};
use cusip_jobs::{JobId, RejectGroup, RowCounts, State, remove_nulls};
use serde::Serialize;
use serde_json::json;

pub(crate) use self::rows::{JsonList, Rows};

const COLUMN_GAP: &str = "  ";

/// The format of results on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Text,
    /// One JSON document, for programs
    Json,
    /// One line for each row, for people
    Table,
    /// One JSON object for each row, each on its own line
    Ndjson,
    /// Comma-separated values with a heading, one line for each row
    Csv,
    /// Parquet files, from `convert` and `export`
    Parquet,
}

impl OutputFormat {
    /// Returns whether only commands that print rows have this format.
    pub(crate) const fn is_of_rows(self) -> bool {
        matches!(self, Self::Table | Self::Ndjson | Self::Csv)
    }
}

/// Where results and errors go.
#[derive(Debug)]
pub(crate) struct Output {
    format: OutputFormat,
}

/// How the values of a column are aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

impl Output {
    pub(crate) const fn new(format: OutputFormat) -> Self {
        Self { format }
    }

    pub(crate) const fn format(&self) -> OutputFormat {
        self.format
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// Prints lines of text, with escapes in place of control characters.
    pub(crate) fn text(&self, text: &str) -> anyhow::Result<()> {
        Self::print(&printable(text))
    }

    fn print(text: &str) -> anyhow::Result<()> {
        match writeln!(io::stdout().lock(), "{text}") {
            // The reader has closed the pipe, which does not change what the command did.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed.context("cannot print the result; the command itself completed"),
        }
    }

    /// Prints text as it is, unless a person reads it on a terminal.
    fn exact(&self, text: &str) -> anyhow::Result<()> {
        if io::stdout().is_terminal() {
            self.text(text)
        } else {
            Self::print(text)
        }
    }

    /// Prints a value as a line of NDJSON.
    pub(crate) fn json_line(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut value = serde_json::to_value(value)?;
        remove_nulls(&mut value);
        self.json(&value.to_string())
    }

    /// Prints JSON, with escapes in place of control characters.
    fn json(&self, text: &str) -> anyhow::Result<()> {
        Self::print(&printable_json(text))
    }

    /// Prints the JSON document of a command.
    pub(crate) fn document(&self, document: &impl Serialize) -> anyhow::Result<()> {
        self.json(&serde_json::to_string_pretty(document)?)
    }

    /// Prints a message on standard error, with escapes in place of control characters.
    pub(crate) fn message(&self, text: &str) {
        // Standard error may be closed, and then there is no one to tell.
        let _ = writeln!(io::stderr().lock(), "{}", printable(text));
    }

    /// Prints why the command failed: on standard error, and as JSON if that is the format.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let message = message_with_hint(error.as_ref());
        self.message(&format!("error: {message}"));
        if self.is_json() {
            let document = json!({"success": false, "message": message});
            let _ = self.document(&document);
        }
    }
}

/// Formats rows as a table with a heading. The last column is not padded.
pub(crate) fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let cell = |value: &String| printable_line(value).into_owned();
    let rows: Vec<Vec<_>> = (rows.iter())
        .map(|row| row.iter().map(cell).collect())
        .collect();
    let width = |index: usize| {
        let values = rows.iter().map(|row| row[index].chars().count());
        values
            .chain([columns[index].0.chars().count()])
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let heading = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut lines = Vec::with_capacity(rows.len() + 1);
    for row in std::iter::once(&heading).chain(&rows) {
        let mut line = String::new();
        for (index, value) in row.iter().enumerate() {
            let width = widths[index];
            line.push_str(&match columns[index].1 {
                Align::Left => format!("{value:<width$}"),
                Align::Right => format!("{value:>width$}"),
            });
            line.push_str(COLUMN_GAP);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// Describes a state of the database.
pub(crate) fn shown_state(state: State) -> String {
    match state.date {
        Some(date) => format!("{date} (job {})", state.job),
        None => format!("job {}", state.job),
    }
}

/// Returns the cells of the counts from read to superseded.
pub(crate) fn count_cells(counts: RowCounts) -> [String; 6] {
    let RowCounts {
        read,
        inserted,
        updated,
        unchanged,
        rejected,
        superseded,
    } = counts;
    [read, inserted, updated, unchanged, rejected, superseded].map(number)
}

/// Returns how to get all rejects of a job, given the number of files that have rejects.
pub(crate) fn reject_hint(job: JobId, files: usize) -> String {
    let path = if files > 1 { "FOLDER/" } else { "FILE" };
    format!("`cusip jobs {job} --rejects {path}` writes the rejects as files to fix and load again")
}

/// Returns how many rejects of a group are not shown.
pub(crate) fn more_rejects(group: &RejectGroup) -> String {
    let first = &group.examples[0];
    more_like(group.more(), &first.rule, first.field.as_deref())
}

/// Returns how many findings that break the same rule are not shown.
pub(crate) fn more_like(count: u64, rule: &str, field: Option<&str>) -> String {
    let field = field.map_or_else(String::new, |field| format!(", field {field}"));
    format!("{} more with rule {rule}{field}", number(count))
}

/// Formats a number with commas between thousands.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let shown: Vec<_> = [0, 999, 1_000, 1_234_567].map(number).into();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn columns_of_a_table_are_aligned() {
        let rows = [
            vec!["a".to_owned(), "10".to_owned()],
            vec!["bcd".to_owned(), "9".to_owned()],
        ];
        let shown = table(&[("name", Align::Left), ("n", Align::Right)], &rows);
        assert_eq!(shown, "name   n\na     10\nbcd    9");
    }
}
