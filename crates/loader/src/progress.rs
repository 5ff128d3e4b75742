//! The events of a load.

use cusip_jobs::JobId;
use cusip_pif::FileKind;
use cusip_postgres::LoadStrategy;

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
    /// The files are about to be read, for this strategy.
    StrategyChosen {
        /// The strategy.
        strategy: LoadStrategy,
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
        /// Those of them that the master table already has, if the strategy skips them.
        unchanged: u64,
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

impl Event<'_> {
    /// Logs the steps of a load. `percent` is how much of it was done by then.
    pub fn log(&self, percent: Option<f64>) {
        match *self {
            Self::FileOpened {
                kind,
                location,
                size,
            } => {
                tracing::info!(percent, file.kind = %kind, file.location = location, file.size = size, "reading");
            }
            Self::FileStaged { kind, rows } => {
                tracing::info!(percent, file.kind = %kind, rows.read = rows, "staged");
            }
            Self::Checking { kind } => tracing::info!(percent, file.kind = %kind, "checking"),
            Self::Merging { kind } => tracing::info!(percent, file.kind = %kind, "merging"),
            Self::Committing => tracing::info!(percent, "committing"),
            _ => {}
        }
    }
}

/// Receives a load's events. Must not block. Functions that take an [`Event`] are listeners.
pub trait Listener: Send + Sync {
    /// Receives an event, and how much of the load was done by then, in percent with one decimal
    /// place. It never falls, and is below 100 until the load has ended. `None` if the size of the
    /// files is unknown.
    fn event(&self, event: Event<'_>, percent: Option<f64>);
}

impl<F: Fn(Event<'_>) + Send + Sync> Listener for F {
    fn event(&self, event: Event<'_>, _: Option<f64>) {
        self(event);
    }
}

/// Receives the events of a load's steps.
pub(crate) trait Progress: Send + Sync {
    fn event(&self, event: Event<'_>);
}
