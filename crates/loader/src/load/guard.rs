//! What is held against the ledger and the calendar before a day's files are read.

use std::time::{SystemTime, UNIX_EPOCH};

use cusip_pif::{Date, FileKind};
use cusip_postgres::{Load, LoadedFile};
use cusip_source::{FileMeta, FileSource, FileSourceExt as _};
use sha2::{Digest, Sha256};

use super::file_run::FileRun;
use crate::error::Error;
use crate::options::LoadOptions;

const SECONDS_PER_DAY: i64 = 86_400;

/// Marks the files that were loaded before, and refuses the others if they are most likely stale.
pub(super) async fn examine(
    load: &Load,
    files: &mut [FileRun],
    date: Date,
    options: &LoadOptions,
    option: fn(&str) -> String,
) -> Result<(), Error> {
    let mut refusal = None;
    for file in files {
        let kind = file.kind;
        let Some((meta, source)) = file.listing() else {
            continue;
        };
        if !options.force
            && let Some(loaded) = known_again(load, kind, &meta, &*source, date).await?
        {
            file.already_loaded(&loaded, option);
            continue;
        }
        let refused = match stale(&meta, date, options.max_age_days) {
            Some(error) => Some(error),
            None if options.allow_older => None,
            None => older(load, kind, date).await?,
        };
        if let Some(error) = refused {
            file.error = Some(error.to_string());
            refusal.get_or_insert(error);
        }
    }
    refusal.map_or(Ok(()), Err)
}

/// Returns what was loaded last for the file's kind and day, if it is the same content.
///
/// Only the last one counts: what was loaded before a correction has been undone by it.
async fn known_again(
    load: &Load,
    kind: FileKind,
    meta: &FileMeta,
    source: &dyn FileSource,
    date: Date,
) -> Result<Option<LoadedFile>, Error> {
    let loaded = load.last_loaded(kind, &date.to_string()).await?;
    let Some(loaded) = loaded.filter(|loaded| meta.size == Some(loaded.size)) else {
        return Ok(None);
    };
    // Listings of S3 tell no versions. Their entity tags tell contents apart without.
    let same_version = meta.version_id.is_none() || meta.version_id == loaded.version_id;
    let same_object = meta.e_tag.is_some() && meta.e_tag == loaded.e_tag && same_version;
    let same = same_object || sha256(meta, source).await? == loaded.sha256;
    Ok(same.then_some(loaded))
}

async fn sha256(meta: &FileMeta, source: &dyn FileSource) -> Result<Vec<u8>, Error> {
    let mut file = source.open_listed(meta).await?;
    let mut hash = Sha256::new();
    while let Some(chunk) = file.body.next_chunk().await? {
        hash.update(&chunk);
    }
    Ok(hash.finalize().to_vec())
}

/// Says if a file was last changed too long before or after its day.
pub(crate) fn stale(meta: &FileMeta, date: Date, max_age_days: u32) -> Option<Error> {
    let modified = days_since_unix_epoch(meta.last_modified?);
    let days = modified - i64::from(date.days_since_unix_epoch());
    if max_age_days == 0 || days.unsigned_abs() <= u64::from(max_age_days) {
        return None;
    }
    Some(Error::StaleFile {
        location: meta.location.clone(),
        date,
        days,
        max_age_days,
    })
}

async fn older(load: &Load, kind: FileKind, date: Date) -> Result<Option<Error>, Error> {
    let newest = load.newest_day(kind).await?;
    let newer = newest.filter(|newest| newest.date > date.to_string());
    Ok(newer.map(|newer| Error::OlderDay {
        kind,
        date,
        newest: newer.date,
        job: newer.job.0,
    }))
}

/// Returns the day of a point in time, UTC.
fn days_since_unix_epoch(time: SystemTime) -> i64 {
    let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => signed(since.as_secs()),
        Err(before) => -signed(before.duration().as_secs()),
    };
    seconds.div_euclid(SECONDS_PER_DAY)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_point_in_time_is_of_its_day_in_utc() {
        let last_second = Duration::from_secs(86_399);
        assert_eq!(days_since_unix_epoch(UNIX_EPOCH), 0);
        assert_eq!(days_since_unix_epoch(UNIX_EPOCH + last_second), 0);
        assert_eq!(days_since_unix_epoch(UNIX_EPOCH - last_second), -1);
        let day = Date::new(2024, 1, 15).unwrap();
        let noon = UNIX_EPOCH + Duration::from_secs(1_705_320_000);
        assert_eq!(
            days_since_unix_epoch(noon),
            i64::from(day.days_since_unix_epoch())
        );
    }
}
