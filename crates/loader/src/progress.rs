//! The events of a load.

use cusip_jobs::JobId;
use cusip_pif::FileKind;

/// What a load is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The job has started, and its files are being looked for.
    Started {
        /// The job.
        job: JobId,
    },
    /// The files to load are known.
    FilesFound {
        /// Their total size in bytes, if it is known.
        bytes: Option<u64>,
    },
    /// A file is open and about to be read. Another strategy may read a file again.
    FileOpened {
        /// The file's kind.
        kind: FileKind,
        /// Where it is.
        location: &'a str,
        /// Its size in bytes, if it is known.
        size: Option<u64>,
    },
    /// More of a file was read and sent to the database.
    FileRead {
        /// The file's kind.
        kind: FileKind,
        /// The bytes read so far.
        bytes: u64,
        /// The records read so far.
        rows: u64,
    },
    /// All of a file is in the database, if not yet in the master table.
    FileStaged {
        /// The file's kind.
        kind: FileKind,
        /// The number of its records.
        rows: u64,
    },
    /// The records are checked for repeated keys and missing parents.
    Checking {
        /// The kind of the records.
        kind: FileKind,
    },
    /// The records are written to the master table.
    Merging {
        /// The kind of the records.
        kind: FileKind,
    },
    /// Another strategy reads all files again, from the first one on.
    StartedOver,
    /// The load is being committed.
    Committing,
}

/// Receives a load's events. Must not block. Functions that take an [`Event`] are listeners.
pub trait Progress: Send + Sync {
    /// Receives an event.
    fn event(&self, event: Event<'_>);
}

impl<F: Fn(Event<'_>) + Send + Sync> Progress for F {
    fn event(&self, event: Event<'_>) {
        self(event);
    }
}
