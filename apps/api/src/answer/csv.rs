//! Writes rows as CSV.

use serde_json::Value;

/// Returns a value as a cell: a string without its quotes, and nothing for null.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// Returns a line of cells.
pub(super) fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
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
}
