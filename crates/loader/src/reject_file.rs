//! A file's rejects as a file of its kind, which can be loaded once it is fixed.

use cusip_jobs::{FileOutcome, Job, JobId};
use cusip_pif::{FileKind, PifFileName, Trailer};
use cusip_postgres::{Database, RejectLines};

use crate::error::Error;

const LINE_END: &[u8] = b"\r\n";
/// The second field of the trailer.
const TRAILER_MARK: &str = "REJECTS";

/// The rejects of one file of a job, line by line, with a trailer that does not count them.
#[derive(Debug)]
pub struct RejectFile {
    name: String,
    job: JobId,
    file: FileOutcome,
    lines: RejectLines,
    rows: u64,
    ended: bool,
}

impl RejectFile {
    /// Starts to read the rejects of a job's file. Returns `None` if the job log keeps none of it.
    #[must_use]
    pub fn new(database: &Database, job: &Job, file: FileOutcome) -> Option<Self> {
        let id = file.id.filter(|_| file.rejects_kept > 0)?;
        Some(Self {
            name: name(job, &file),
            job: job.id,
            lines: database.reject_lines(id),
            file,
            rows: 0,
            ended: false,
        })
    }

    /// Returns the name to load the file under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Builds the trailer of a file of rejects, which says where they come from.
    ///
    /// It has no count, because users add and delete lines when they fix them.
    #[must_use]
    pub fn trailer(origin: &str) -> String {
        format!("{}|{TRAILER_MARK}|{origin}", Trailer::NUMBER)
    }

    /// Returns the kind of the records.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.file.kind
    }

    /// Returns how many rejects the job log does not keep, because the file has so many.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        (self.file.counts.rejected).saturating_sub(self.file.rejects_kept)
    }

    /// Returns how many records were returned so far.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the next line with its line end. The last one is the trailer.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the job log cannot be read.
    pub async fn next_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut line = if let Some(line) = self.lines.next().await? {
            self.rows += 1;
            line
        } else {
            self.ended = true;
            Self::trailer(&format!("job {}", self.job)).into_bytes()
        };
        line.extend_from_slice(LINE_END);
        Ok(Some(line))
    }
}

/// Returns the name to load a file of rejects under.
fn name(job: &Job, file: &FileOutcome) -> String {
    if let Some(day) = job.date {
        return PifFileName::new(day, file.kind).to_string();
    }
    let own_name = file.location.rsplit_once(['/', '\\']);
    // Standard input has no name, so use the day when it was read.
    let started = job.started_at.get(..10).and_then(|day| day.parse().ok());
    match (own_name, started) {
        (Some((_, name)), _) => name.to_owned(),
        (None, Some(day)) => PifFileName::new(day, file.kind).to_string(),
        (None, None) => file.kind.to_string(),
    }
}

/// Returns whether this is the trailer of a file of rejects, which may have any number of records.
pub(crate) fn is_trailer(trailer: &Trailer) -> bool {
    trailer.fields().next().map(str::trim) == Some(TRAILER_MARK)
}
