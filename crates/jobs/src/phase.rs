//! What a running job is doing.

use crate::wire::names;

/// What a running job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobPhase {
    /// Looking for its files, and comparing them with the job log.
    Finding,
    /// Reading a file and copying its records to the database.
    Reading,
    /// Looking for repeated keys and missing parents.
    Checking,
    /// Writing a kind's records to its master table.
    Merging,
    /// Committing.
    Committing,
}

names!(JobPhase, "job phase" {
    Finding => "finding",
    Reading => "reading",
    Checking => "checking",
    Merging => "merging",
    Committing => "committing",
});
