//! Decides whether a load may continue, given what its files contain.

use super::file::ReadFile;
use crate::error::Error;
use crate::options::LoadOptions;

/// Fails the load if a file is truncated, or if there are too many rejects.
pub(super) fn judge(files: &mut [ReadFile<'_>], options: &LoadOptions) -> Result<(), Error> {
    if !options.allow_missing_trailer {
        for read in &mut *files {
            if let Some(error) = cut_off(read) {
                read.file.outcome.error = Some(error.to_string());
                return Err(error);
            }
        }
    }
    let counts = |read: &ReadFile<'_>| read.file.outcome.counts;
    let read = files.iter().map(|file| counts(file).read).sum();
    let rejected = files.iter().map(|file| counts(file).rejected).sum();
    if options.max_rejects.allows(rejected, read) {
        return Ok(());
    }
    for file in files {
        let rejected = counts(file).rejected;
        if rejected > 0 {
            file.file.outcome.error = Some(format!("{rejected} records were rejected"));
        }
    }
    Err(Error::TooManyRejects {
        rejected,
        read,
        limit: options.max_rejects,
    })
}

/// Returns why the file counts as truncated, if it does.
fn cut_off(read: &ReadFile<'_>) -> Option<Error> {
    let summary = &read.summary;
    let location = read.file.outcome.location.clone();
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
