//! A file's rejects as a file of its kind, which can be loaded once it is fixed.

use cusip_jobs::{FileOutcome, Job};
use cusip_pif::{Date, FileKind, PifFileName, Trailer};
use cusip_postgres::{Database, RejectLines};

use crate::error::Error;

const LINE_END: &[u8] = b"\r\n";

/// The rejects of one file of a job, line by line, with a trailer that counts them.
#[derive(Debug)]
pub struct RejectFile {
    name: String,
    date: Option<Date>,
    file: FileOutcome,
    lines: RejectLines,
    rows: u64,
    ended: bool,
}

impl RejectFile {
    /// Starts to read the rejects of a job's file. Returns `None` for a file without rejects.
    #[must_use]
    pub fn new(database: &Database, job: &Job, file: FileOutcome) -> Option<Self> {
        let id = file.id.filter(|_| file.counts.rejected > 0)?;
        Some(Self {
            name: name(job, &file),
            date: job.date,
            lines: database.reject_lines(job.id, id),
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

    /// Returns the kind of the records.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.file.kind
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
            trailer(&self.file, self.date, self.rows).into_bytes()
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

/// Makes the trailer: the original one with the new count, if its count field is known.
fn trailer(file: &FileOutcome, date: Option<Date>, rows: u64) -> String {
    let index = (file.trailer_field).and_then(|field| usize::from(field).checked_sub(1));
    if let (Some(text), Some(index)) = (&file.trailer, index) {
        let mut fields: Vec<_> = text.split('|').map(str::to_owned).collect();
        if let Some(field) = fields.get_mut(index) {
            *field = format!("{rows:0width$}", width = field.len());
            return fields.join("|");
        }
    }
    let date = date.map_or_else(String::new, |date| format!("|{date}"));
    format!("{}|{rows:010}{date}", Trailer::NUMBER)
}
