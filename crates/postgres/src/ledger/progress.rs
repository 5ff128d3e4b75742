//! What a run says of itself while it runs.

use cusip_pif::FileKind;

use crate::database::Database;
use crate::error::Error;
use crate::job::JobId;

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobPhase {
    /// Its files are looked for, and held against the ledger.
    Finding,
    /// A file is read into the database's staging table.
    Reading,
    /// Staged records are held against each other and against the database.
    Checking,
    /// Staged records go into the master table.
    Merging,
    /// Everything is in place and is being committed.
    Committing,
}

impl JobPhase {
    const fn name(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Reading => "reading",
            Self::Checking => "checking",
            Self::Merging => "merging",
            Self::Committing => "committing",
        }
    }
}

/// How far a run has come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// What it is doing.
    pub phase: JobPhase,
    /// The kind of file that it is doing it with.
    pub kind: Option<FileKind>,
    /// The bytes of all files that are to be read, if they are known.
    pub bytes_total: Option<u64>,
    /// The files that have been opened.
    pub files: Vec<FileProgress>,
}

/// How far a file has been read.
#[derive(Debug, Clone, Copy)]
pub struct FileProgress {
    /// The file's kind.
    pub kind: FileKind,
    /// How many bytes.
    pub bytes: u64,
    /// How many records.
    pub rows: u64,
}

impl Database {
    /// Enters how far a run has come, and tells whether somebody wants it cancelled. Does neither
    /// while somebody else is at the run's row.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection, and
    /// [`Error::Connection`] if the ledger cannot be written.
    pub async fn enter_progress(&self, job: JobId, progress: &Progress) -> Result<bool, Error> {
        let client = self.client().await?;
        // It waits for nobody: left behind by a load that does not wait for it, and holding the one
        // row that the commit needs while it waits for the other, it would be a deadlock.
        let update = "with job as (
                select id from load_job where id = $1 and status = 'running'
                for no key update skip locked),
            file as (
                select file.id, kind from load_file as file join job on job.id = job_id
                where status = 'running' for no key update of file skip locked),
            read as (
                update load_file set bytes_read = so_far.bytes, rows_read = so_far.rows
                from file join unnest($5::text[], $6::bigint[], $7::bigint[])
                    as so_far (kind, bytes, rows) on so_far.kind = file.kind
                where load_file.id = file.id)
            update load_job set phase = $2, phase_kind = $3, bytes_total = $4,
                progress_at = clock_timestamp()
            from job where load_job.id = job.id
            returning cancel_requested_at is not null";
        let kinds: Vec<_> = (progress.files.iter())
            .map(|file| file.kind.wire_name())
            .collect();
        let number = |number: fn(&FileProgress) -> u64| -> Vec<i64> {
            (progress.files.iter())
                .map(|file| number(file).cast_signed())
                .collect()
        };
        let row = client
            .query_opt(
                update,
                &[
                    &job.0,
                    &progress.phase.name(),
                    &progress.kind.map(FileKind::wire_name),
                    &progress.bytes_total.map(u64::cast_signed),
                    &kinds,
                    &number(|file| file.bytes),
                    &number(|file| file.rows),
                ],
            )
            .await;
        let cancelled = row.and_then(|row| row.map(|row| row.try_get(0)).transpose());
        let cancelled = cancelled.map_err(|error| self.statement("enter the progress", error))?;
        Ok(cancelled.unwrap_or_default())
    }
}
