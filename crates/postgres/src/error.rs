//! What can go wrong on the database's side.

use cusip_jobs::JobId;
use thiserror::Error;

use crate::running_job::RunningJob;

/// Why a task in the database failed.
///
/// Each text says what was tried and where; the server's or the network's message is its
/// [`source`](std::error::Error::source).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The server could not be used, or a statement failed.
    #[error(transparent)]
    Connection(#[from] cusip_connect::Error),
    /// The database's encoding is not UTF-8.
    #[error(
        "the database {place} has the encoding {encoding}, which cannot represent every name; make one with `create database … encoding 'UTF8' template template0` and migrate that"
    )]
    Encoding {
        /// The database, as `name on host:port as user`.
        place: String,
        /// Its encoding.
        encoding: String,
    },
    /// The schema is missing or behind this program.
    #[error("the database {place} is missing {pending} of {known} migrations")]
    NotMigrated {
        /// The database, as `name on host:port as user`.
        place: String,
        /// How many migrations are pending.
        pending: usize,
        /// The number of migrations that this program has.
        known: usize,
    },
    /// The tables are in a schema where the role does not find them.
    #[error(
        "the tables of the database {place} are in the schema {schema}, where this user does not find them; as a superuser: {remedy};"
    )]
    HiddenSchema {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The schema.
        schema: String,
        /// The statement that makes the role find them.
        remedy: String,
    },
    /// The database was migrated by another version of the program, or a migration was edited later.
    #[error(
        "the schema of the database {place} does not match this program: {difference}; use the version of the program that migrated it or a newer one, or recreate the database"
    )]
    SchemaDiffers {
        /// The database, as `name on host:port as user`.
        place: String,
        /// What differs.
        difference: String,
    },
    /// Another load or migration holds the load lock.
    #[error("another load or migration is running in the database {place}{}; try again when it is done", running(.job.as_ref()))]
    Busy {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The job that runs, unless it is a migration.
        job: Option<RunningJob>,
    },
    /// A user canceled the load before it was committed.
    #[error("job {job} was canceled; nothing was loaded")]
    Cancelled {
        /// The job.
        job: JobId,
    },
    /// The server's own row counts contradict what was loaded.
    #[error(
        "the database {place} reports {reported} rows written to {table}, but the merge wrote {merged}; nothing was loaded, please report this"
    )]
    Miscounted {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The master table.
        table: &'static str,
        /// What the server's statistics say.
        reported: u64,
        /// What the merge says.
        merged: u64,
    },
}

impl Error {
    /// Returns whether the database is unusable: unreachable, not verifiable, too old or
    /// not migrated.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Connection(error) => error.is_unavailable(),
            Self::Encoding { .. }
            | Self::NotMigrated { .. }
            | Self::HiddenSchema { .. }
            | Self::SchemaDiffers { .. } => true,
            Self::Busy { .. } | Self::Cancelled { .. } | Self::Miscounted { .. } => false,
        }
    }

    /// Returns whether the server does not permit this: the role lacks a privilege, or
    /// transactions are read-only.
    #[must_use]
    pub fn is_not_permitted(&self) -> bool {
        matches!(self, Self::Connection(error) if error.is_not_permitted())
    }

    /// Returns whether another load or migration holds the lock.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

fn running(job: Option<&RunningJob>) -> String {
    job.map(|job| format!(" (job {}, started {})", job.id, job.started_at))
        .unwrap_or_default()
}
