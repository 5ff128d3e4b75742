//! What loads changed.

use std::fmt;
use std::str::FromStr;

use cusip_pif::{Date, FileKind};
use serde::Serialize;

use crate::id::JobId;
use crate::wire::{self, names};

/// How a version of a record began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// A load inserted the record.
    Inserted,
    /// A load changed the record.
    Changed,
    /// Someone deleted the record by hand. No load does.
    Deleted,
    /// It is the oldest version that is kept. What it changed was pruned.
    Oldest,
}

names!(ChangeKind, "kind of change" {
    Inserted => "inserted",
    Changed => "changed",
    Deleted => "deleted",
    Oldest => "oldest",
});

/// A field that a load changed.
///
/// Values are strings, as in the files: a number has every digit, and a day is `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// The field's name, which is that of its column, e.g. `issuer_name_1`.
    pub name: String,
    /// The value before; null if the field was empty or the record is new.
    pub from: Option<String>,
    /// The value after; null if the field became empty or the record was deleted.
    pub to: Option<String>,
}

/// What a load changed in one record: a version of the record, and its differences from the version before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordChange {
    /// The load.
    #[serde(rename = "job_id")]
    pub job: JobId,
    /// The day of the state after the load, as `YYYY-MM-DD`; null before the first day.
    #[serde(serialize_with = "wire::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub date: Option<Date>,
    /// The kind of the record: `issuer`, `issue` or `issue_attr`.
    #[serde(rename = "type", serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: FileKind,
    /// The issuer number.
    pub issuer_num: String,
    /// The issue number; null for an issuer.
    pub issue_num: Option<String>,
    /// `inserted`, `changed`, `deleted` or `oldest`.
    #[serde(serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub change: ChangeKind,
    /// The fields that changed, in file order. All fields with a value, unless the record was changed.
    pub fields: Vec<FieldChange>,
    /// The load that replaced this version; null if it is the current one, or the record was deleted.
    #[serde(rename = "until_job_id")]
    pub until: Option<JobId>,
}

/// The position of a change in the order of changes: job, kind in loading order, key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeCursor {
    /// The load.
    pub job: JobId,
    /// The kind of the record.
    pub kind: FileKind,
    /// The record's key: issuer number, and issue number if it has one, without a separator.
    pub key: String,
}

impl ChangeCursor {
    /// Returns the position of a change.
    #[must_use]
    pub fn of(change: &RecordChange) -> Self {
        let issue_num = change.issue_num.as_deref().unwrap_or_default();
        Self {
            job: change.job,
            kind: change.kind,
            key: format!("{}{issue_num}", change.issuer_num),
        }
    }
}

impl fmt::Display for ChangeCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}-{}", self.job, self.kind, self.key)
    }
}

impl FromStr for ChangeCursor {
    type Err = InvalidChangeCursor;

    fn from_str(text: &str) -> Result<Self, InvalidChangeCursor> {
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().ok_or(InvalidChangeCursor);
        let (job, kind, key) = (part()?, part()?, part()?);
        let is_number = !job.is_empty() && job.bytes().all(|byte| byte.is_ascii_digit());
        let length = match kind.parse().map_err(|_| InvalidChangeCursor)? {
            FileKind::Issuer => 6,
            FileKind::Issue | FileKind::IssueAttribute => 8,
        };
        let is_key = key.len() == length && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_number || !is_key {
            return Err(InvalidChangeCursor);
        }
        Ok(Self {
            job: JobId(job.parse().map_err(|_| InvalidChangeCursor)?),
            kind: kind.parse().map_err(|_| InvalidChangeCursor)?,
            key: key.to_owned(),
        })
    }
}

/// A string that is not the position of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not the position of a change, such as 12-issue-03783310")]
#[non_exhaustive]
pub struct InvalidChangeCursor;

/// How many records have a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeCount {
    /// The kind of the records: `issuer`, `issue` or `issue_attr`.
    #[serde(rename = "type", serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: FileKind,
    /// `inserted`, `changed` or `deleted`.
    #[serde(serialize_with = "wire::shown")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub change: ChangeKind,
    /// The field, for a count of changed fields; null for a count of records.
    pub field: Option<String>,
    /// How many records, or how many of them changed in this field.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displayed_cursor_parses() {
        for text in [
            "12-issuer-037833",
            "12-issue-03783310",
            "7-issue_attr-91528@AU",
        ] {
            let cursor: ChangeCursor = text.parse().unwrap();
            assert_eq!(cursor.to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_no_cursor() {
        for text in [
            "",
            "12",
            "12-issue",
            "12-issue-037833",
            "12-issuer-03783310",
            "-issuer-037833",
            "12-bond-037833",
            "99999999999999999999-issuer-037833",
        ] {
            assert_eq!(
                text.parse::<ChangeCursor>(),
                Err(InvalidChangeCursor),
                "{text}"
            );
        }
    }
}
