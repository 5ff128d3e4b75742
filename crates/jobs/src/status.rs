//! How a job and its files stand.

use serde::{Serialize, Serializer};

use crate::wire::names;

/// The status of a job. Its name is the same in the job log and in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobStatus {
    /// It has not ended.
    Running,
    /// It ended well; unless it was a dry run, its changes are committed.
    Succeeded,
    /// It failed and changed nothing.
    Failed,
    /// A user canceled it; it changed nothing.
    Cancelled,
    /// Its program was stopped or died; it changed nothing.
    Interrupted,
}

names!(JobStatus, "job status" {
    Running => "running",
    Succeeded => "succeeded",
    Failed => "failed",
    Cancelled => "cancelled",
    Interrupted => "interrupted",
});

/// The status of a file of a job. This is its name in the job log; JSON has the shorter
/// [`answer`](Self::answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileStatus {
    /// Its job has not ended.
    Running,
    /// Its records are in the database.
    Succeeded,
    /// Nothing had to be loaded: it was loaded before, its job was a dry run, or its job ended before
    /// it was read.
    Skipped,
    /// Its job failed.
    Failed,
    /// Its job was canceled.
    Cancelled,
    /// Its job's program was stopped or died.
    Interrupted,
}

names!(FileStatus, "file status" {
    Running => "running",
    Succeeded => "succeeded",
    Skipped => "skipped",
    Failed => "failed",
    Cancelled => "cancelled",
    Interrupted => "interrupted",
});

impl FileStatus {
    /// Returns the status in JSON: `running`, `success`, `skipped` or `error`.
    #[must_use]
    pub const fn answer(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "success",
            Self::Skipped => "skipped",
            Self::Failed | Self::Cancelled | Self::Interrupted => "error",
        }
    }
}

impl Serialize for FileStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.answer())
    }
}
