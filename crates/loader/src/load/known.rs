//! Compares a day's files with the job log and the calendar before they are read.

use cusip_jobs::JobId;
use cusip_pif::{Date, FileKind};
use cusip_postgres::{Load, LoadedFile};
use cusip_source::{FileMeta, FileSource};

use super::file::LoadFile;
use crate::age::check_age;
use crate::error::Error;
use crate::options::LoadOptions;
use crate::same_content::has_same_content;

/// Marks the files that were loaded before, and refuses the others if they are probably stale.
pub(super) async fn skip_known_and_refuse_stale(
    load: &Load,
    files: &mut [LoadFile],
    date: Date,
    today: Date,
    options: &LoadOptions,
) -> Result<(), Error> {
    let mut refusal = None;
    for file in files {
        let kind = file.outcome.kind;
        let (Some(meta), Some(source)) = (file.input.meta(), file.input.source()) else {
            continue;
        };
        if !options.force
            && let Some(loaded) = loaded_before(load, kind, meta, &**source, date).await?
        {
            skip(file, &loaded);
            continue;
        }
        let checked = match check_age(meta, date, options.max_age_days) {
            Ok(()) if !options.allow_older => check_newest(load, kind, date, today).await,
            checked => checked,
        };
        if let Err(error) = checked {
            file.outcome.error = Some(error.to_string());
            refusal.get_or_insert(error);
        }
    }
    refusal.map_or(Ok(()), Err)
}

fn skip(file: &mut LoadFile, loaded: &LoadedFile) {
    let LoadedFile { job, rejected, .. } = loaded;
    file.outcome.already_loaded_by = Some(*job);
    if *rejected > 0 {
        file.outcome.warnings.push(format!(
            "job {job} loaded it with {rejected} rejects; fix and load those, or force another load"
        ));
    }
}

/// Returns the file that was loaded last for this kind and day, if it has the same content.
///
/// Only the last file counts: a correction has replaced what was loaded before it.
async fn loaded_before(
    load: &Load,
    kind: FileKind,
    meta: &FileMeta,
    source: &dyn FileSource,
    date: Date,
) -> Result<Option<LoadedFile>, Error> {
    let Some(loaded) = load.last_loaded(kind, date).await? else {
        return Ok(None);
    };
    let same = has_same_content(meta, source, &loaded).await?;
    Ok(same.then_some(loaded))
}

/// Refuses a day that is older than the newest one loaded.
async fn check_newest(load: &Load, kind: FileKind, date: Date, today: Date) -> Result<(), Error> {
    match load.newest_day(kind, today).await? {
        Some((newest, JobId(job))) if newest > date => Err(Error::OlderDay {
            kind,
            date,
            newest,
            job,
        }),
        _ => Ok(()),
    }
}
