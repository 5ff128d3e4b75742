//! The counts of changed records and fields as text.

use cusip_jobs::ChangeCount;

use crate::output::{Align, number, table};

pub(super) fn text(counts: &[ChangeCount]) -> String {
    let (fields, records): (Vec<_>, Vec<_>) =
        counts.iter().partition(|count| count.field.is_some());
    let mut tables = vec![table(
        &[
            ("type", Align::Left),
            ("change", Align::Left),
            ("records", Align::Right),
        ],
        &rows(&records, |count| count.change.to_string()),
    )];
    if !fields.is_empty() {
        tables.push(table(
            &[
                ("type", Align::Left),
                ("changed field", Align::Left),
                ("records", Align::Right),
            ],
            &rows(&fields, |count| count.field.clone().unwrap_or_default()),
        ));
    }
    tables.join("\n\n")
}

fn rows(counts: &[&ChangeCount], what: fn(&ChangeCount) -> String) -> Vec<Vec<String>> {
    let row = |count: &&ChangeCount| vec![count.kind.to_string(), what(count), number(count.count)];
    counts.iter().map(row).collect()
}
