//! The names of the tables for records and codes.

use std::collections::HashMap;
use std::sync::LazyLock;

use cusip_pif::{CodeList, FileKind};

/// Returns the name of the table for the records of a kind, such as `issue_attribute`.
#[must_use]
pub const fn table_of(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Issuer => "issuer",
        FileKind::Issue => "issue",
        FileKind::IssueAttribute => "issue_attribute",
    }
}

/// Returns the name of the reference table of a code list, such as `ref_issuer_type`.
#[must_use]
pub fn reference_table_of(list: &CodeList) -> &'static str {
    static NAMES: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
        (CodeList::ALL.iter())
            .map(|list| (list.name, format!("ref_{}", list.name)))
            .collect()
    });
    &NAMES[list.name]
}
