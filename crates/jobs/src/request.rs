//! What a job was asked for, and by whom.

use std::net::IpAddr;

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
    /// Delete old versions of records.
    PruneHistory,
}

names!(JobKind, "job kind" {
    LoadAll => "load-all",
    LoadIssuer => "load-issuer",
    LoadIssue => "load-issue",
    LoadIssueAttribute => "load-issue-attr",
    LoadFiles => "load-files",
    PruneHistory => "prune-history",
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

/// Who asks for a job.
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
    /// The caller of the API; `None` for a load from the command line.
    pub caller: Option<Caller>,
}

/// Who sent the API request that started a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The address of the client, if it is known.
    pub address: Option<IpAddr>,
    /// The ID of the request.
    pub request_id: String,
    /// The name in the header that the server is configured to read.
    pub requested_by: Option<String>,
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
