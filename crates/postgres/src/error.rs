//! What can go wrong on the database's side.

use cusip_jobs::JobId;
use thiserror::Error;

use crate::lock_holder::LockHolder;
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
    #[error("another load or migration is running in the database {place}{}; try again when it is done{}", running(.job.as_ref(), .holder.as_deref()), ending(.holder.as_deref()))]
    Busy {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The job that runs, unless it is a migration.
        job: Option<RunningJob>,
        /// The session that holds the lock.
        holder: Option<Box<LockHolder>>,
    },
    /// A user canceled the load before it was committed.
    #[error("job {job} was canceled; nothing was loaded")]
    Cancelled {
        /// The job.
        job: JobId,
    },
    /// The connection broke during the commit of a load, and the job log could not be read afterwards.
    #[error(
        "it is not known whether job {job} was loaded: the connection to the database {place} broke during the commit, and the job log could not be read afterwards; look the job up when the database is back, or load again: that is always safe, and files that were already loaded are skipped"
    )]
    OutcomeUnknown {
        /// The job.
        job: JobId,
        /// The database, as `name on host:port as user`.
        place: String,
        /// Why the job log could not be read.
        source: Box<Error>,
    },
    /// The database has no such state, or cannot show it.
    #[error("{reason}")]
    NoSuchState {
        /// Why, and what there is instead.
        reason: String,
        /// Whether the history that it needs was pruned.
        is_pruned: bool,
    },
    /// The server did not write every row that it was given, without an error of its own.
    #[error(
        "{written} rows were written to {table} in the database {place} instead of {expected}, so nothing was loaded; {}", suspicion(.suspects)
    )]
    NotAllWritten {
        /// The database, as `name on host:port as user`.
        place: String,
        /// The table.
        table: String,
        /// How many rows should have been written.
        expected: u64,
        /// How many the server wrote.
        written: u64,
        /// The table's triggers and rules that can keep rows out, such as `the trigger guard`.
        suspects: Vec<String>,
    },
}

impl Error {
    /// Returns whether the database is unusable: unreachable, not verifiable, too old, read-only or
    /// not migrated.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Connection(error) => error.is_unavailable(),
            Self::Encoding { .. }
            | Self::NotMigrated { .. }
            | Self::HiddenSchema { .. }
            | Self::SchemaDiffers { .. } => true,
            Self::Busy { .. }
            | Self::Cancelled { .. }
            | Self::OutcomeUnknown { .. }
            | Self::NoSuchState { .. }
            | Self::NotAllWritten { .. } => false,
        }
    }

    /// Returns whether it is not known if a load was committed.
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown { .. })
    }

    /// Returns whether the connection ended before the server's answer arrived.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        matches!(self, Self::Connection(error) if error.is_connection_lost())
    }

    /// Returns whether the server accepts no writes.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        matches!(self, Self::Connection(error) if error.is_read_only())
    }

    /// Returns whether the server does not permit this, because the role lacks a privilege.
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

/// Returns who holds the lock, in parentheses.
fn running(job: Option<&RunningJob>, holder: Option<&LockHolder>) -> String {
    let job_text = job.map(|job| format!("job {}, started {}", job.id, job.started_at));
    let host = job.and_then(|job| job.host.as_deref());
    let holder = holder.map(|holder| holder.description(host));
    let parts: Vec<_> = job_text.into_iter().chain(holder).collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!(" ({})", parts.join("; ")),
    }
}

/// Returns how to end the holder.
fn ending(holder: Option<&LockHolder>) -> String {
    holder.map_or_else(String::new, |holder| {
        format!(", or end it with {}", holder.remedy())
    })
}

fn suspicion(suspects: &[String]) -> String {
    if suspects.is_empty() {
        return "another session may have changed the table at the same time: load again"
            .to_owned();
    }
    format!(
        "change or disable {}, which probably kept the others out",
        suspects.join(" or ")
    )
}
