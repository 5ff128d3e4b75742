//! The progress of a running job.

use cusip_jobs::{JobId, JobPhase};
use cusip_pif::FileKind;

use crate::database::Database;
use crate::error::Error;

/// How far along a job is.
#[derive(Debug, Clone)]
pub struct ProgressUpdate {
    /// The current phase.
    pub phase: JobPhase,
    /// The kind of file that it is working on.
    pub kind: Option<FileKind>,
    /// The bytes of all files to read, if they are known.
    pub bytes_total: Option<u64>,
    /// How much of the work is done, in percent, if that is known.
    pub percent: Option<f64>,
    /// The files that were opened.
    pub files: Vec<FileProgress>,
}

/// How much of a file was read.
#[derive(Debug, Clone, Copy)]
pub struct FileProgress {
    /// The file's kind.
    pub kind: FileKind,
    /// The bytes read.
    pub bytes: u64,
    /// The records read.
    pub rows: u64,
}

impl Database {
    /// Logs how far along a job is, and returns whether a user has asked to cancel it. Does
    /// neither, and returns false, while another session has locked the job's row.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a connection, or if the job log cannot be written.
    pub async fn log_progress(&self, job: JobId, progress: &ProgressUpdate) -> Result<bool, Error> {
        let client = self.client().await?;
        // It never waits for a lock. A load does not wait for this statement either, so the statement
        // could hold one row that the load's commit needs while it waits for the other: a deadlock.
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
                percent = $8, progress_at = clock_timestamp()
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
                    &progress.percent,
                ],
            )
            .await;
        let cancelled = row.and_then(|row| row.map(|row| row.try_get(0)).transpose());
        let cancelled = cancelled.map_err(|error| self.statement("log the progress", error))?;
        Ok(cancelled.unwrap_or_default())
    }
}
