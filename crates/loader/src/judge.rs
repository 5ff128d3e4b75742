//! Decides whether files may be loaded, given what they contain. A load and a check use the same rules.

use crate::error::Error;
use crate::options::LoadOptions;
use crate::summary::FileSummary;

/// A file to judge.
pub(crate) struct Judged<'a> {
    pub(crate) location: &'a str,
    pub(crate) summary: &'a FileSummary,
    /// How many of its records were rejected, by the parser or by the database.
    pub(crate) rejected: u64,
}

/// Why files may not be loaded.
pub(crate) struct Refusal {
    pub(crate) error: Error,
    /// The index of the file at fault, if only one is.
    pub(crate) file: Option<usize>,
}

/// Refuses files if one of them is truncated, or if there are too many rejects.
pub(crate) fn judge(files: &[Judged<'_>], options: &LoadOptions) -> Result<(), Refusal> {
    if !options.allow_missing_trailer {
        for (index, file) in files.iter().enumerate() {
            if let Some(error) = truncation(file) {
                let file = Some(index);
                return Err(Refusal { error, file });
            }
        }
    }
    let read = files.iter().map(|file| file.summary.rows_read).sum();
    let rejected = files.iter().map(|file| file.rejected).sum();
    let limit = options.max_rejects;
    if limit.allows(rejected, read) {
        return Ok(());
    }
    let error = Error::TooManyRejects {
        rejected,
        read,
        limit,
    };
    Err(Refusal { error, file: None })
}

/// Returns why the file counts as truncated, if it does.
fn truncation(file: &Judged<'_>) -> Option<Error> {
    let summary = file.summary;
    let location = file.location.to_owned();
    let rows_read = summary.rows_read;
    if let Some(line) = summary.overrun_trailer() {
        return Some(Error::RecordsAfterTrailer { location, line });
    }
    let Some(trailer) = &summary.trailer else {
        return Some(Error::NoTrailer {
            location,
            rows_read,
        });
    };
    let field = summary.contradicted_field()?;
    Some(Error::RecordsLost {
        location,
        rows_read,
        field,
        trailer: trailer.text.clone(),
    })
}
