//! A file of a load, and its stages.

use std::time::Duration;

use cusip_jobs::{FileOutcome, RowCounts, error_chain};
use cusip_postgres::Database;
use cusip_source::FileMeta;

use super::file_rejects::FileRejects;
use super::strategy::Interruption;
use crate::error::Error;
use crate::input::Input;
use crate::summary::FileSummary;

/// A file of a load from when it was found, with its outcome so far.
pub(super) struct LoadFile {
    pub(super) input: Input,
    pub(super) outcome: FileOutcome,
    pub(super) rejects: FileRejects,
    rejects_are_logged: bool,
    /// Warnings that were known before the file was read.
    pub(super) notes: Vec<String>,
}

/// A file that was read: its good records are in the database, if not yet in the master table.
pub(super) struct ReadFile<'a> {
    pub(super) file: &'a mut LoadFile,
    pub(super) summary: FileSummary,
    /// The number of records that were not staged because the master table already has them.
    pub(super) unchanged: u64,
}

impl LoadFile {
    pub(super) fn new(input: Input) -> Self {
        let mut outcome = FileOutcome::new(input.kind(), input.location().to_owned());
        if let Some(meta) = input.meta() {
            describe(&mut outcome, meta);
        }
        Self {
            input,
            outcome,
            rejects: FileRejects::default(),
            rejects_are_logged: false,
            notes: Vec::new(),
        }
    }

    /// Forgets what an attempt with another strategy found.
    pub(super) fn start_over(&mut self) {
        self.outcome.counts = RowCounts::default();
        self.outcome.bytes_read = 0;
        self.outcome.windows_1252_fields = 0;
        self.outcome.warnings.clear();
        self.outcome.phase_milliseconds.clear();
        self.rejects = FileRejects::default();
    }

    /// Records the metadata of the open file.
    pub(super) fn opened(&mut self, meta: &FileMeta) {
        self.outcome.location.clone_from(&meta.location);
        describe(&mut self.outcome, meta);
    }

    /// Records what was found in the file.
    pub(super) fn parsed(&mut self, summary: &FileSummary, rejects: FileRejects) {
        self.rejects = rejects;
        let outcome = &mut self.outcome;
        outcome.counts.read = summary.rows_read;
        outcome.counts.rejected = summary.rows_rejected;
        outcome.bytes_read = summary.bytes;
        outcome.sha256 = Some(summary.sha256.map(|byte| format!("{byte:02x}")).concat());
        outcome.windows_1252_fields = summary.windows_1252_fields();
        // The database cannot store NUL in text.
        let trailer = summary.trailer.as_ref();
        outcome.trailer = trailer.map(|trailer| trailer.text.replace('\0', " "));
    }

    /// Logs the rejects, unless that was done before.
    pub(super) async fn log_rejects(&mut self, database: &Database) -> Result<(), Error> {
        let (Some(id), Some(rejects)) = (self.outcome.id, self.rejects.to_log()) else {
            return Ok(());
        };
        if self.rejects_are_logged {
            return Ok(());
        }
        let outcome = &mut self.outcome;
        outcome.rejects_by_rule.clone_from(rejects.by_rule);
        database.log_rejects(id, rejects).await?;
        self.rejects_are_logged = true;
        outcome.rejects_kept = rejects.kept.len() as u64;
        if outcome.rejects_kept < rejects.total {
            outcome.warnings.push(format!(
                "the job log keeps the first {} of {} rejects; check the file to see all of them",
                outcome.rejects_kept, rejects.total
            ));
        }
        Ok(())
    }

    /// Records the error that the file caused, if it made the load fail.
    pub(super) fn blame(&mut self, interruption: Interruption) -> Interruption {
        if let Interruption::Failed(error) = &interruption {
            self.outcome.error = Some(error_chain(error));
        }
        interruption
    }

    /// Records how long a phase took.
    pub(super) fn timed(&mut self, phase: &str, duration: Duration) {
        let milliseconds = duration.as_millis() as u64;
        (self.outcome.phase_milliseconds).insert(phase.to_owned(), milliseconds);
    }

    pub(super) fn was_loaded_before(&self) -> bool {
        self.outcome.already_loaded_by.is_some()
    }

    pub(super) fn into_parts(self) -> (FileOutcome, FileRejects) {
        (self.outcome, self.rejects)
    }
}

/// Copies a file's metadata.
fn describe(outcome: &mut FileOutcome, meta: &FileMeta) {
    outcome.size = meta.size;
    outcome.last_modified = meta.last_modified;
    outcome.e_tag.clone_from(&meta.e_tag);
    outcome.version_id.clone_from(&meta.version_id);
}
