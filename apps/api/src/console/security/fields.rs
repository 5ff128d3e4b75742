//! The fields of a record, with their codes decoded.

use cusip_pif::FileKind;
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::console::wording::visible;

/// A view's column with the description of a code ends like this.
const DESCRIPTION: &str = "_desc";

/// The columns with the parts of the CUSIP, which the heading shows as a whole.
const OF_THE_CUSIP: [&str; 5] = [
    "issuer_num",
    "issue_num",
    "issue_check",
    "cusip",
    "cusip_base",
];

/// Shows the columns of a view that have a value, each with the meaning of its field as its title.
pub(super) fn fields(kind: FileKind, columns: &Map<String, Value>) -> Vec<Markup> {
    let is_shown = |name: &str| {
        let is_known = kind != FileKind::Issuer && OF_THE_CUSIP.contains(&name);
        !is_known && !is_description(name, columns)
    };
    let with_value = columns.iter().filter(|(name, _)| is_shown(name));
    let shown = with_value.filter_map(|(name, value)| {
        let value = shown(value)?;
        let meaning = columns.get(&format!("{name}{DESCRIPTION}")).and_then(shown);
        let field = kind
            .layout()
            .fields
            .iter()
            .find(|field| field.name == *name);
        Some(html! {
            div {
                dt title=[field.map(|field| field.description)] { (label(name)) }
                dd {
                    @match meaning {
                        Some(meaning) => { (meaning) " " code { (value) } },
                        None => (value),
                    }
                }
            }
        })
    });
    shown.collect()
}

fn is_description(name: &str, columns: &Map<String, Value>) -> bool {
    name.strip_suffix(DESCRIPTION)
        .is_some_and(|code| columns.contains_key(code))
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(visible(text)),
        other => Some(other.to_string()),
    }
}

/// Writes the name of a column as words.
fn label(name: &str) -> String {
    let name = name
        .strip_prefix("issue_")
        .or_else(|| name.strip_prefix("issuer_"))
        .unwrap_or(name);
    let words = name.split('_').map(|word| match word {
        "num" => "number".to_owned(),
        "cfi" | "iso" | "us" => word.to_ascii_uppercase(),
        _ => word.to_owned(),
    });
    let words = words.collect::<Vec<_>>().join(" ");
    let mut chars = words.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn code_is_shown_with_its_meaning_and_empty_fields_are_left_out() {
        let columns = json!({
            "issue_status": "A", "issue_status_desc": "Active", "rate": 5.25, "dated_date": null,
            "issue_description": "<script>\u{1}",
        });
        let columns = columns.as_object().unwrap();
        let shown: String = fields(FileKind::Issue, columns)
            .into_iter()
            .map(|field| field.into_string())
            .collect();
        for text in [
            ">Status</dt><dd>Active <code>A</code></dd>",
            ">Rate</dt><dd>5.25</dd>",
            "<dd>&lt;script&gt;␁</dd>",
        ] {
            assert!(shown.contains(text), "{text} in {shown}");
        }
        assert!(!shown.contains("Dated"), "{shown}");
    }
}
