//! Decides whether a load may continue, given what its files contain.

use super::file::ReadFile;
use crate::error::Error;
use crate::judge::{self, Judged};
use crate::options::LoadOptions;

/// Fails the load if a file is truncated, or if there are too many rejects.
pub(super) fn judge(files: &mut [ReadFile<'_>], options: &LoadOptions) -> Result<(), Error> {
    let judged: Vec<_> = files.iter().map(judged).collect();
    let Err(refusal) = judge::judge(&judged, options) else {
        return Ok(());
    };
    match refusal.file {
        Some(index) => files[index].file.outcome.error = Some(refusal.error.to_string()),
        None => {
            for read in files {
                let rejected = read.file.outcome.counts.rejected;
                if rejected > 0 {
                    read.file.outcome.error = Some(format!("{rejected} records were rejected"));
                }
            }
        }
    }
    Err(refusal.error)
}

fn judged<'a>(read: &'a ReadFile<'_>) -> Judged<'a> {
    Judged {
        location: &read.file.outcome.location,
        summary: &read.summary,
        rejected: read.file.outcome.counts.rejected,
    }
}
