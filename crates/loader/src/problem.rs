//! What is wrong with a file's records, for people and for programs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use cusip_pif::{BadRecord, Fault, FileKind, Position, Rule};
use cusip_postgres::{LoggedReject, RejectEntry};
use serde::Serialize;

/// The rule that a record's parent is in the database or among the load's records.
const ORPHAN: &str = "orphan";

/// A record that was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Reject {
    /// The kind of its file.
    #[serde(rename = "type", serialize_with = "wire_name")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: FileKind,
    /// The record's line, from 1.
    pub line_number: u64,
    /// The offset of the record's first byte, from 0.
    pub byte_offset: u64,
    /// The first field at fault; nothing when the whole record is.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub field: Option<Cow<'static, str>>,
    /// That field's value.
    pub value: Option<String>,
    /// The stable code of the rule that it breaks.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub rule: Cow<'static, str>,
    /// Everything that is wrong with the record.
    pub message: String,
}

impl Reject {
    /// Returns the codes of all rules that records are rejected by.
    pub fn rules() -> impl Iterator<Item = &'static str> {
        Rule::REJECTING.into_iter().chain([ORPHAN])
    }

    pub(crate) fn bad_record(kind: FileKind, bad: &BadRecord<'_>) -> Self {
        let messages: Vec<_> = bad.faults.iter().map(Fault::to_string).collect();
        let first = &bad.faults[0];
        Self {
            kind,
            line_number: bad.position.line,
            byte_offset: bad.position.byte_offset,
            field: first.field.map(|field| field.name.into()),
            value: first.value.clone(),
            rule: first.rule.code().into(),
            message: messages.join("; "),
        }
    }

    pub(crate) fn orphan(kind: FileKind, orphan: &cusip_postgres::Orphan) -> Self {
        // Only issues and attributes have parents. The last field of a parent's key tells it from
        // the others.
        let parent = kind.parent().unwrap_or(kind);
        let field = parent.layout().key().last();
        Self {
            kind,
            line_number: orphan.line_number,
            byte_offset: orphan.byte_offset,
            field: field.map(|field| field.name.into()),
            value: Some(orphan.parent_key.clone()),
            rule: ORPHAN.into(),
            message: format!("unknown {parent} {}", orphan.parent_key),
        }
    }

    /// Returns the reject as the ledger keeps it.
    pub(crate) fn entry<'a>(&'a self, raw_line: &'a [u8]) -> RejectEntry<'a> {
        RejectEntry {
            line_number: self.line_number,
            byte_offset: self.byte_offset,
            field: self.field.as_deref(),
            value: self.value.as_deref(),
            rule: &self.rule,
            message: &self.message,
            raw_line,
        }
    }
}

/// As the ledger has kept it, without its line.
impl From<LoggedReject> for Reject {
    fn from(logged: LoggedReject) -> Self {
        Self {
            kind: logged.kind,
            line_number: logged.line_number.cast_unsigned(),
            byte_offset: logged.byte_offset.cast_unsigned(),
            field: logged.field.map(Cow::Owned),
            value: logged.value,
            rule: Cow::Owned(logged.rule),
            message: logged.message,
        }
    }
}

/// Shows `issue line 3: …`.
impl fmt::Display for Reject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} line {}: {}",
            self.kind, self.line_number, self.message
        )
    }
}

/// Counts warnings by what they are about, with the first of each as an example.
#[derive(Debug, Clone, Default)]
pub(crate) struct WarningCounts {
    counts: BTreeMap<(&'static str, &'static str), WarningCount>,
}

#[derive(Debug, Clone)]
struct WarningCount {
    count: u64,
    first: Position,
    example: Fault,
}

impl WarningCounts {
    pub(crate) fn add(&mut self, position: Position, warning: &Fault) {
        let about = match warning.rule {
            Rule::UndocumentedCode { list } => list,
            _ => "",
        };
        let count = self
            .counts
            .entry((warning.rule.code(), about))
            .or_insert_with(|| WarningCount {
                count: 0,
                first: position,
                example: warning.clone(),
            });
        count.count += 1;
    }

    pub(crate) fn count(&self, rule: &Rule) -> u64 {
        let of_rule = self
            .counts
            .iter()
            .filter(|((code, _), _)| *code == rule.code());
        of_rule.map(|(_, count)| count.count).sum()
    }

    /// Returns the names of the code lists that lack a code which was met.
    pub(crate) fn code_lists(&self) -> impl Iterator<Item = &'static str> {
        self.counts
            .keys()
            .map(|(_, list)| *list)
            .filter(|list| !list.is_empty())
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = String> {
        self.counts.values().map(
            |WarningCount {
                 count,
                 first,
                 example,
             }| match count {
                1 => format!("line {}: {example}", first.line),
                _ => format!("{count} times, first on line {}: {example}", first.line),
            },
        )
    }
}

pub(crate) fn wire_name<S: serde::Serializer>(
    kind: &FileKind,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.wire_name())
}
