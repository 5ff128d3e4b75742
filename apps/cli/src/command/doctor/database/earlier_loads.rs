//! Other loads that are in the way: one that runs now, or a newer day that was loaded before.

use cusip_loader::{DayFiles, LoadOptions};
use cusip_postgres::{Database, LoadedKind};

use super::SECTION;
use crate::command::doctor::Day;
use crate::command::doctor::report::{Finding, Report, limited};
use crate::exit::ExitStatus;

pub(super) async fn check_lock(database: &Database, report: &mut Report<'_>) {
    let lock = match limited(ExitStatus::Database, database.load_lock()).await {
        Ok(lock) => lock,
        Err(finding) => return report.add(SECTION, "load lock", finding),
    };
    if lock.is_held {
        let holder = match &lock.job {
            Some(job) => format!("job {} holds it, since {}", job.id, job.started_at),
            None => "a migration holds it, or a load that is ending".to_owned(),
        };
        let advice = "wait until it is done; `cusip jobs` shows what runs";
        let finding = Finding::failed(ExitStatus::Busy, holder, advice);
        return report.add(SECTION, "load lock", finding);
    }
    report.add(SECTION, "load lock", Finding::ok("it is free"));
    if !lock.dead.is_empty() {
        let jobs: Vec<_> = lock.dead.iter().map(ToString::to_string).collect();
        let detail = format!(
            "marked running, but died: {}; they loaded nothing",
            jobs.join(", ")
        );
        let advice = "do nothing: the next load, or `cusip jobs`, marks them interrupted";
        report.add(SECTION, "dead jobs", Finding::warning(detail, advice));
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
    // If the job log cannot be read, other lines say so.
    let Ok(loaded) = limited(ExitStatus::Database, database.loaded_kinds(date)).await else {
        let why = "the job log cannot be read";
        return report.add(SECTION, "earlier loads", Finding::skipped(why));
    };
    let mut undone = Vec::new();
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
            undone.push(kind);
        }
    }
    let finding = match (undone.as_slice(), newest) {
        ([], None) => Finding::ok("no day has been loaded yet"),
        ([], Some(newest)) => Finding::ok(format!(
            "the newest day is {}, loaded by job {}",
            newest.newest, newest.job
        )),
        ([first, ..], _) => {
            let kinds: Vec<_> = undone.iter().map(|kind| kind.kind.wire_name()).collect();
            let detail = format!(
                "{date} is older than {}, which job {} loaded: {} would undo newer rows",
                first.newest,
                first.job,
                kinds.join(", ")
            );
            let advice = "load the newer day, or this one with --allow-older";
            let finding = Finding::failed(ExitStatus::Failed, detail, advice);
            if options.allow_older {
                finding.softened()
            } else {
                day.judge(finding)
            }
        }
    };
    report.add(SECTION, "earlier loads", finding);
}
