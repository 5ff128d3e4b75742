//! A security as text: a line for each field that is not empty.

use cusip_config::printable_line;
use cusip_jobs::Security;
use serde_json::{Map, Value};

pub(super) fn text(security: &Security) -> String {
    let mut lines = vec![security.cusip.clone()];
    section("issuer", &security.issuer, &mut lines);
    section("issue", &security.issue, &mut lines);
    if let Some(attributes) = &security.issue_attribute {
        section("attributes", attributes, &mut lines);
    }
    lines.join("\n")
}

/// Appends the fields that are not empty, each code with its meaning.
fn section(name: &str, fields: &Map<String, Value>, lines: &mut Vec<String>) {
    let width = fields.keys().map(String::len).max().unwrap_or_default();
    lines.push(name.to_owned());
    for (field, value) in fields {
        let is_description = field
            .strip_suffix("_desc")
            .is_some_and(|code| fields.contains_key(code));
        if value.is_null() || is_description {
            continue;
        }
        let description = fields.get(&format!("{field}_desc")).and_then(Value::as_str);
        let value = match (shown(value), description) {
            (value, Some(description)) => format!("{value} ({description})"),
            (value, None) => value,
        };
        let value = printable_line(&value);
        lines.push(format!("  {field:<width$}  {value}"));
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
