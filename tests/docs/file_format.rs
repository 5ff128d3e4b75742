//! `docs/file-format.md` agrees with the layouts and code lists.

use std::fmt::Write as _;

use cusip_pif::{CodeList, FileKind};
use cusip_test_support::assert_generated_part;

use crate::documents::repository;

const START: &str = "<!-- The rest is generated from crates/pif. To change it, change the layouts there and run the tests with UPDATE_DOCS=1. -->\n";

/// Returns the tables of all fields and codes.
fn tables() -> String {
    let mut text = String::new();
    for kind in FileKind::ALL {
        let layout = kind.layout();
        let (letter, table) = (kind.letter(), cusip_postgres::table_of(layout.kind));
        let fields = layout.fields;
        let count = fields.len();
        write!(
            text,
            "\n## {table} ({letter}), {count} fields\n| # | field | type | meaning |\n|--:|---|---|---|\n"
        )
        .expect("a string takes every write");
        for field in fields {
            let (ordinal, name, field_type) = (field.ordinal, field.name, field.field_type);
            writeln!(
                text,
                "| {ordinal} | `{name}` | {field_type} | {} |",
                field.description
            )
            .expect("a string takes every write");
        }
    }
    text.push_str("\n## Codes\n| field | code | meaning |\n|---|---|---|\n");
    for list in CodeList::ALL {
        for code in list.codes {
            writeln!(
                text,
                "| `{}` | `{}` | {} |",
                list.name, code.code, code.description
            )
            .expect("a string takes every write");
        }
    }
    text
}

#[test]
fn file_format_page_lists_the_fields_and_codes_of_the_layouts() {
    let path = repository().join("docs/file-format.md");
    assert_generated_part(&path, START, &tables());
}
