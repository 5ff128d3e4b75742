//! A table of changes, printed line by line, so that any number of changes needs no memory. Its widths
//! fit every value but the last.

use cusip_config::printable_line;
use cusip_jobs::RecordChange;

use crate::command::record_change::{field_lines, is_difference, key};

pub(super) fn heading() -> String {
    line(["job", "date", "type", "key", "change"], "field and values")
}

/// Returns a line for each field of a changed record, and one line for any other record.
pub(super) fn lines(change: &RecordChange) -> Vec<String> {
    let job = change.job.to_string();
    let date = change.date.map(|date| date.to_string());
    let (kind, key) = (change.kind.to_string(), key(change));
    let cells = [
        &*job,
        date.as_deref().unwrap_or("-"),
        &kind,
        &key,
        change.change.name(),
    ];
    if is_difference(change) {
        let fields = field_lines(change);
        return fields
            .iter()
            .map(|field| line(cells, field.trim_start()))
            .collect();
    }
    vec![line(cells, &format!("{} fields", change.fields.len()))]
}

fn line(cells: [&str; 5], last: &str) -> String {
    let [job, date, kind, key, change] = cells.map(printable_line);
    let last = printable_line(last);
    format!("{job:>7}  {date:<10}  {kind:<10}  {key:<8}  {change:<8}  {last}")
}
