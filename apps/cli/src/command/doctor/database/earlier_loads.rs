//! Checks for loads that block this one: a running load, or a newer day that is already loaded. Files of
//! another year block it, too, unless they were loaded before.

use chrono::Local;
use cusip_config::today;
use cusip_loader::{DayFiles, LoadOptions};
use cusip_pif::FileKind;
use cusip_postgres::{Database, LoadLockState};

use super::SECTION;
use crate::command::doctor::Day;
use crate::command::doctor::report::{Finding, Report, with_time_limit};
use crate::exit::ExitStatus;

/// Returns whether the load lock is free.
pub(super) async fn check_lock(database: &Database, report: &mut Report<'_>) -> bool {
    let lock = match with_time_limit(ExitStatus::Database, database.load_lock()).await {
        Ok(lock) => lock,
        Err(finding) => {
            report.add(SECTION, "load lock", finding);
            return false;
        }
    };
    if lock.is_held {
        report.add(SECTION, "load lock", held(&lock));
        return false;
    }
    report.add(SECTION, "load lock", Finding::ok("it is free"));
    if !lock.dead.is_empty() {
        let jobs: Vec<_> = lock.dead.iter().map(ToString::to_string).collect();
        let detail = format!(
            "jobs that died but are still marked running: {}; they loaded nothing",
            jobs.join(", ")
        );
        let advice = "do nothing: the next load, or `cusip jobs`, marks them interrupted";
        report.add(SECTION, "dead jobs", Finding::warning(detail, advice));
    }
    true
}

fn held(lock: &LoadLockState) -> Finding {
    let host = lock.job.as_ref().and_then(|job| job.host.as_deref());
    let session = (lock.holder.as_ref()).map(|holder| holder.description(host));
    let job = match &lock.job {
        Some(job) => format!("held by job {} since {}", job.id, job.started_at),
        None => "a migration, a load that is ending, or another program holds it".to_owned(),
    };
    let mut detail = match session {
        Some(session) => format!("{job} ({session})"),
        None => job,
    };
    let end = (lock.holder.as_ref()).map(|holder| format!("end it with {}", holder.remedy()));
    let Some(end) = end else {
        return Finding::failed(ExitStatus::Busy, detail, "wait until it is done");
    };
    if !lock.has_stopped {
        let advice = format!("wait until it is done (`cusip jobs` shows running loads), or {end}");
        return Finding::failed(ExitStatus::Busy, detail, advice);
    }
    detail.push_str("; its program has stopped, perhaps by Ctrl-Z");
    if lock.holder.as_ref().is_some_and(|holder| holder.may_end) {
        Finding::warning(
            detail,
            "do nothing: the next load, or `cusip jobs`, ends it",
        )
    } else {
        Finding::failed(ExitStatus::Busy, detail, end)
    }
}

/// Compares the day's files with the job log, as a load does.
pub(super) async fn check_earlier_loads(
    database: &Database,
    files: Option<&DayFiles>,
    day: Day,
    options: &LoadOptions,
    report: &mut Report<'_>,
) {
    let date = day.date;
    // Other checks report why the job log cannot be read.
    let loaded = database.loaded_kinds(today(&Local));
    let Ok(loaded) = with_time_limit(ExitStatus::Database, loaded).await else {
        let reason = "the job log cannot be read";
        return report.add(SECTION, "earlier loads", Finding::skipped(reason));
    };
    let mut outdated = Vec::new();
    for kind in loaded.iter().filter(|kind| kind.newest > date) {
        match would_load(database, files, kind.kind, options).await {
            Ok(true) => outdated.push(kind),
            Ok(false) => {}
            Err(error) => {
                let finding = Finding::of_error(&error.into());
                return report.add(SECTION, "earlier loads", finding);
            }
        }
    }
    let newest = loaded.iter().max_by_key(|kind| kind.newest);
    let finding = match (outdated.as_slice(), newest) {
        ([], None) => Finding::ok("no day has been loaded yet"),
        ([], Some(newest)) => Finding::ok(format!(
            "the newest day is {}, loaded by job {}",
            newest.newest, newest.job
        )),
        ([first, ..], _) => {
            let kinds: Vec<_> = outdated.iter().map(|kind| kind.kind.wire_name()).collect();
            let detail = format!(
                "{date} is older than {}, which job {} loaded: loading {} would overwrite newer rows",
                first.newest,
                first.job,
                kinds.join(", ")
            );
            let advice = "load the newer day, or this one with --allow-older";
            let finding = Finding::failed(ExitStatus::Failed, detail, advice);
            if options.allow_older {
                finding.into_warning()
            } else {
                day.pending_unless_named(finding)
            }
        }
    };
    report.add(SECTION, "earlier loads", finding);
}

/// Refuses files whose last change is too far from the day, as a load does: only those that it would not skip.
pub(super) async fn check_ages(
    database: &Database,
    files: Option<&DayFiles>,
    day: Day,
    options: &LoadOptions,
    report: &mut Report<'_>,
) {
    for (kind, meta) in files.iter().flat_map(|files| &files.found) {
        let checked = files.map(|files| files.check_age(meta, options.max_age_days));
        let Some(Err(stale)) = checked else {
            continue;
        };
        let finding = match would_load(database, files, *kind, options).await {
            Ok(true) => day.pending_unless_named(Finding::of_error(&stale.into())),
            Ok(false) => continue,
            Err(error) => Finding::of_error(&error.into()),
        };
        report.add(SECTION, "age of files", finding);
    }
}

/// Returns whether the day has a file of this kind that a load would not skip.
///
/// There is no time limit: a local file of the size that was loaded is read to its end, like in a load.
async fn would_load(
    database: &Database,
    files: Option<&DayFiles>,
    kind: FileKind,
    options: &LoadOptions,
) -> Result<bool, cusip_loader::Error> {
    let Some(files) = files else {
        return Ok(false);
    };
    let Some((_, meta)) = files.found.iter().find(|(found, _)| *found == kind) else {
        return Ok(false);
    };
    if options.force {
        return Ok(true);
    }
    match database.last_loaded(kind, files.date).await? {
        Some(loaded) => Ok(!files.is_loaded(meta, &loaded).await?),
        None => Ok(true),
    }
}
