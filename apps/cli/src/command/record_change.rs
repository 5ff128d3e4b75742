//! Changes of records, as rows and as text.

use cusip_jobs::{ChangeKind, FieldChange, RecordChange};
use serde_json::{Map, Value, json};

use crate::output::{Output, OutputFormat, Rows};

/// The columns of a table. The last one may be long.
pub(super) const COLUMNS: [&str; 8] = [
    "job_id", "date", "type", "key", "change", "field", "from", "to",
];

/// Prints a change as a JSON line, or as a row for each of its fields.
pub(super) fn print_rows(
    change: &RecordChange,
    rows: &mut Rows<'_>,
    output: &Output,
) -> anyhow::Result<()> {
    if output.format() == OutputFormat::Ndjson {
        return output.json_line(change);
    }
    if change.fields.is_empty() {
        return rows.row(row(change, None));
    }
    for field in &change.fields {
        rows.row(row(change, Some(field)))?;
    }
    Ok(())
}

fn row(change: &RecordChange, field: Option<&FieldChange>) -> Map<String, Value> {
    let values = [
        ("job_id", json!(change.job)),
        ("date", json!(change.date.map(|date| date.to_string()))),
        ("type", json!(change.kind.wire_name())),
        ("key", json!(key(change))),
        ("change", json!(change.change.name())),
        ("field", json!(field.map(|field| &field.name))),
        ("from", json!(field.and_then(|field| field.from.as_ref()))),
        ("to", json!(field.and_then(|field| field.to.as_ref()))),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Returns the issuer number and the issue number, if it has one.
pub(super) fn key(change: &RecordChange) -> String {
    let issue_num = change.issue_num.as_deref().unwrap_or_default();
    format!("{}{issue_num}", change.issuer_num)
}

/// Returns a line for each field that changed, with its old and new value. Codes have their meaning.
pub(super) fn field_lines(change: &RecordChange) -> Vec<String> {
    let width = change.fields.iter().map(|field| field.name.len()).max();
    let width = width.unwrap_or_default();
    let line = |field: &FieldChange| {
        let value = |value: &Option<String>| match value {
            Some(value) => decoded(change, &field.name, value),
            None => "-".to_owned(),
        };
        let (from, to) = (value(&field.from), value(&field.to));
        format!("  {:<width$}  {from} -> {to}", field.name)
    };
    change.fields.iter().map(line).collect()
}

fn decoded(change: &RecordChange, name: &str, value: &str) -> String {
    let mut fields = change.kind.layout().fields.iter();
    let field = fields.find(|field| field.name == name);
    let list = field.and_then(|field| field.code_list());
    match list.and_then(|list| list.description(value)) {
        Some(description) => format!("{value} ({description})"),
        None => value.to_owned(),
    }
}

/// Returns whether the fields are those that changed, and not all fields of the record.
pub(super) const fn is_difference(change: &RecordChange) -> bool {
    matches!(change.change, ChangeKind::Changed)
}
