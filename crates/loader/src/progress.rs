//! How a load tells what it is doing.

use cusip_pif::FileKind;

/// What a load is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The load has its number in the ledger, and its files are being looked for.
    Started {
        /// The number.
        job_id: i64,
    },
    /// The files that are to be loaded are known.
    FilesFound {
        /// How many bytes they have together, if that is known.
        bytes: Option<u64>,
    },
    /// A file is opened and about to be read.
    FileOpened {
        /// The file's kind.
        kind: FileKind,
        /// Where it is.
        location: &'a str,
        /// How many bytes it has, if that is known.
        size: Option<u64>,
    },
    /// More of a file has been read and sent to the database.
    FileRead {
        /// The file's kind.
        kind: FileKind,
        /// How many bytes so far.
        bytes: u64,
        /// How many records so far.
        rows: u64,
    },
    /// All of a file is in the database's staging table.
    FileStaged {
        /// The file's kind.
        kind: FileKind,
        /// How many records it has.
        rows: u64,
    },
    /// The staged records are held against each other and against the database.
    Checking {
        /// The kind of the records.
        kind: FileKind,
    },
    /// The staged records go into the master table.
    Merging {
        /// The kind of the records.
        kind: FileKind,
    },
    /// Everything is in place and is being committed.
    Committing,
}

/// Is told what a load is doing. Functions that take an [`Event`] are such listeners.
///
/// Called often and on the load's own time, so it had better be quick.
pub trait Progress: Send + Sync {
    /// Takes note of what the load is doing.
    fn event(&self, event: Event<'_>);
}

impl<F: Fn(Event<'_>) + Send + Sync> Progress for F {
    fn event(&self, event: Event<'_>) {
        self(event);
    }
}
