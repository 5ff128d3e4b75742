//! Rejected records.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use cusip_pif::{BadRecord, Fault, FileKind, Rule};
use serde::Serialize;

use crate::id::FileId;
use crate::wire;

/// The rule that a record's parent is in the database or in the same load.
const ORPHAN: &str = "orphan";

const MOST_FAULTS: usize = 10;
const MOST_VALUE_CHARACTERS: usize = 200;

/// A rejected record, from the parser's finding to the job log and the JSON answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reject {
    /// The number of its file in the job log; absent in the result of a load or a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_id: Option<FileId>,
    /// The kind of its file.
    #[serde(rename = "type", serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: FileKind,
    /// The record's line, from 1.
    pub line_number: u64,
    /// The offset of the record's first byte, from 0.
    pub byte_offset: u64,
    /// The first field at fault; null if the whole record is.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub field: Option<Cow<'static, str>>,
    /// That field's value; if it is long, its beginning and `…`.
    pub value: Option<String>,
    /// The stable code of the rule that the record breaks.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub rule: Cow<'static, str>,
    /// What is wrong with the record: all faults, or the first ten and the number of others.
    pub message: String,
    /// The line's bytes without the line end; absent in the result of a load or a check. In JSON as
    /// text, with U+FFFD for bytes that are not UTF-8.
    #[serde(
        serialize_with = "wire::lossy_text",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub raw_line: Option<Vec<u8>>,
}

impl Reject {
    /// Returns the codes of all rules that reject records.
    pub fn rules() -> impl Iterator<Item = &'static str> {
        Rule::REJECTING.iter().copied().chain([ORPHAN])
    }

    /// Creates the reject of a record that the parser refuses.
    #[must_use]
    pub fn bad_record(kind: FileKind, bad: &BadRecord<'_>) -> Self {
        let first = &bad.faults[0];
        Self {
            file_id: None,
            kind,
            line_number: bad.position.line,
            byte_offset: bad.position.byte_offset,
            field: first.field.map(|field| field.name.into()),
            value: first.value.as_deref().map(shortened),
            rule: first.rule.code().into(),
            message: message(bad.faults),
            raw_line: Some(bad.raw_line.to_vec()),
        }
    }

    /// Creates the reject of a record whose parent is neither in the database nor in the load.
    ///
    /// `parent_key` is the parent's key: issuer number, or issuer and issue number with a blank
    /// between them.
    #[must_use]
    pub fn orphan(
        kind: FileKind,
        line_number: u64,
        byte_offset: u64,
        parent_key: String,
        raw_line: Vec<u8>,
    ) -> Self {
        // Only issues and attributes have parents. The last field of a parent's key is the one that
        // issuers and issues do not share.
        let parent = kind.parent().unwrap_or(kind);
        let field = parent.layout().key().last();
        Self {
            file_id: None,
            kind,
            line_number,
            byte_offset,
            field: field.map(|field| field.name.into()),
            message: format!("unknown {parent} {parent_key}"),
            value: Some(parent_key),
            rule: ORPHAN.into(),
            raw_line: Some(raw_line),
        }
    }
}

/// Describes the faults of a record.
fn message(faults: &[Fault]) -> String {
    let mut messages: Vec<_> = (faults.iter().take(MOST_FAULTS))
        .map(Fault::to_string)
        .collect();
    if faults.len() > MOST_FAULTS {
        messages.push(format!("and {} more", faults.len() - MOST_FAULTS));
    }
    messages.join("; ")
}

/// Returns a value, or its beginning with `…` if it is long: a value can be as long as a line.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(MOST_VALUE_CHARACTERS) {
        None => value.to_owned(),
        Some((end, _)) => format!("{}…", &value[..end]),
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

/// The length of the numbers in a [`RejectCursor`], as in the API's description. They fit in
/// an `i64`.
const MOST_DIGITS: usize = 18;

/// The position of a reject among those of its job, from which the next page continues.
///
/// Written `FILE-LINE`, for example `12-345`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectCursor {
    /// The number of its file.
    pub file: FileId,
    /// Its line, from 1.
    pub line_number: u64,
}

impl RejectCursor {
    /// Returns the position of a reject that the job log returned.
    #[must_use]
    pub fn of(reject: &Reject) -> Option<Self> {
        Some(Self {
            file: reject.file_id?,
            line_number: reject.line_number,
        })
    }
}

impl fmt::Display for RejectCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.file, self.line_number)
    }
}

impl FromStr for RejectCursor {
    type Err = InvalidRejectCursor;

    fn from_str(text: &str) -> Result<Self, InvalidRejectCursor> {
        let number = |text: &str| -> Option<i64> {
            let is_number =
                text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().ok()).flatten()
        };
        let (file, line) = text.split_once('-').ok_or(InvalidRejectCursor)?;
        Ok(Self {
            file: FileId(number(file).ok_or(InvalidRejectCursor)?),
            line_number: number(line).ok_or(InvalidRejectCursor)?.cast_unsigned(),
        })
    }
}

/// A string that is not the position of a reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not the position of a reject, such as 12-345")]
pub struct InvalidRejectCursor;

#[cfg(test)]
mod tests {
    use cusip_pif::{Event, IssueAttribute, ParseOptions, Parser};

    use super::*;

    #[test]
    fn long_values_and_many_faults_make_a_short_message() {
        let long = "x".repeat(1_000);
        let fields = FileKind::IssueAttribute.layout().fields.len();
        let line = vec![long.as_str(); fields].join("|");
        let mut parser = Parser::<IssueAttribute>::new(ParseOptions::default());
        parser.push(line.as_bytes());
        parser.end();
        let Some(Event::BadRecord(bad)) = parser.next_event() else {
            panic!("the record is good");
        };
        let reject = Reject::bad_record(FileKind::IssueAttribute, &bad);
        assert!(reject.message.len() < 3_000, "{}", reject.message);
        assert!(reject.message.contains("…"), "{}", reject.message);
        assert!(reject.message.ends_with(" more"), "{}", reject.message);
        assert_eq!(reject.value, Some("x".repeat(200) + "…"));
        assert_eq!(reject.raw_line.map(|line| line.len()), Some(line.len()));
    }
}
