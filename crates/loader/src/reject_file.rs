//! A file's rejects as a file of its kind, which can be loaded once it is mended.

use cusip_pif::{Date, FileKind, PifFileName, Trailer};
use cusip_postgres::{Database, Job, JobFile, JobId, RejectLines};

use crate::error::Error;

const LINE_END: &[u8] = b"\r\n";

/// The rejects of one file of a run, line by line, with a trailer that counts them.
#[derive(Debug)]
pub struct RejectFile {
    name: String,
    date: Option<String>,
    file: JobFile,
    lines: RejectLines,
    rows: u64,
    ended: bool,
}

impl RejectFile {
    /// Begins to read the rejects of a run's file.
    #[must_use]
    pub fn new(database: &Database, job: &Job, file: JobFile) -> Self {
        Self {
            name: name(job, &file),
            date: job.date.clone(),
            lines: database.reject_lines(JobId(job.job_id), file.id),
            file,
            rows: 0,
            ended: false,
        }
    }

    /// Returns the name that the file is loaded under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of its records.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.file.kind
    }

    /// Returns how many records have been returned so far.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the next line with its line end. The last one is the trailer.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the ledger cannot be read.
    pub async fn next_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut line = if let Some(line) = self.lines.next().await? {
            self.rows += 1;
            line
        } else {
            self.ended = true;
            trailer(&self.file, self.date.as_deref(), self.rows).into_bytes()
        };
        line.extend_from_slice(LINE_END);
        Ok(Some(line))
    }
}

/// Returns the name that a file of rejects is loaded under.
fn name(job: &Job, file: &JobFile) -> String {
    if let Some(day) = job.date.as_deref().and_then(day) {
        return PifFileName::new(day, file.kind).to_string();
    }
    let own_name = file.location.rsplit_once(['/', '\\']);
    match (own_name, day(&job.started_at)) {
        (Some((_, name)), _) => name.to_owned(),
        (None, Some(day)) => PifFileName::new(day, file.kind).to_string(),
        (None, None) => file.kind.to_string(),
    }
}

/// Makes the trailer for so many records: the original's with its count replaced, since the field
/// that the count is in is known from file to file.
fn trailer(file: &JobFile, date: Option<&str>, rows: u64) -> String {
    let index = file
        .trailer_field
        .and_then(|field| usize::try_from(field - 1).ok());
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

/// Reads the day at the beginning of a date or time as the ledger writes them.
fn day(text: &str) -> Option<Date> {
    let year = text.get(0..4)?.parse().ok()?;
    let month = text.get(5..7)?.parse().ok()?;
    Date::new(year, month, text.get(8..10)?.parse().ok()?)
}
