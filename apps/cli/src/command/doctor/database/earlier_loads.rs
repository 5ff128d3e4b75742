//! Checks for loads that block this one: a running load, or a newer day that is already loaded.

use chrono::Local;
use cusip_config::today;
use cusip_loader::{DayFiles, LoadOptions};
use cusip_postgres::{Database, LoadLockState, LoadedKind};

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
    let Ok(loaded) = with_time_limit(
        ExitStatus::Database,
        database.loaded_kinds(date, today(&Local)),
    )
    .await
    else {
        let reason = "the job log cannot be read";
        return report.add(SECTION, "earlier loads", Finding::skipped(reason));
    };
    let mut outdated = Vec::new();
    let mut newest: Option<&LoadedKind> = None;
    for kind in &loaded {
        if newest.is_none_or(|newest| newest.newest < kind.newest) {
            newest = Some(kind);
        }
        let mut found = files.iter().flat_map(|files| &files.found);
        let file = found.find(|(found, _)| *found == kind.kind);
        let Some((_, meta)) = file.filter(|_| kind.newest > date) else {
            continue;
        };
        // A file of the same size is probably the same file, which a load skips.
        if meta.size.is_none() || meta.size != kind.size_of_day {
            outdated.push(kind);
        }
    }
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
