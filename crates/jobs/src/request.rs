//! What a job was asked for, and by whom.

use cusip_pif::{Date, FileKind};
use serde_json::{Map, Value};

use crate::wire::names;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobKind {
    /// Load the three files of a day.
    LoadAll,
    /// Load a day's issuer file.
    LoadIssuer,
    /// Load a day's issue file.
    LoadIssue,
    /// Load a day's issue attribute file.
    LoadIssueAttribute,
    /// Load files that were named one by one.
    LoadFiles,
}

names!(JobKind, "job kind" {
    LoadAll => "load-all",
    LoadIssuer => "load-issuer",
    LoadIssue => "load-issue",
    LoadIssueAttribute => "load-issue-attr",
    LoadFiles => "load-files",
});

impl From<FileKind> for JobKind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Issuer => Self::LoadIssuer,
            FileKind::Issue => Self::LoadIssue,
            FileKind::IssueAttribute => Self::LoadIssueAttribute,
        }
    }
}

/// Who asks for a load.
#[derive(Debug, Clone)]
pub struct Requester {
    /// The user.
    pub user: String,
    /// The name of the machine.
    pub host: String,
    /// The program: `cli` or `api`.
    pub program: &'static str,
    /// The program's version.
    pub program_version: &'static str,
}

/// A job as it starts.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What was asked for.
    pub kind: JobKind,
    /// The day of the files; `None` for files that were named one by one.
    pub date: Option<Date>,
    /// Who asked.
    pub requester: Requester,
    /// The options, by name.
    pub options: Map<String, Value>,
}
