//! Jobs as text.

use std::fmt::{Display, Write as _};

use cusip_jobs::{FileOutcome, Job, JobStatus, Reject, RejectCursor};
use cusip_pif::Excerpt;
use serde_json::Value;

use crate::output::{Align, count_cells, number, reject_hint, table};

/// Lists jobs, one per line.
pub(super) fn history(jobs: &[Job]) -> String {
    let columns = [
        ("job", Align::Right),
        ("status", Align::Left),
        ("started", Align::Left),
        ("seconds", Align::Right),
        ("day", Align::Left),
        ("read", Align::Right),
        ("inserted", Align::Right),
        ("updated", Align::Right),
        ("unchanged", Align::Right),
        ("rejected", Align::Right),
        ("by", Align::Left),
        ("error", Align::Left),
    ];
    let row = |job: &Job| {
        let counts = &job.counts;
        vec![
            job.id.to_string(),
            status(job),
            job.started_at.clone(),
            seconds(job),
            job.date
                .map_or_else(|| "-".to_owned(), |date| date.to_string()),
            number(counts.read),
            number(counts.inserted),
            number(counts.updated),
            number(counts.unchanged),
            number(counts.rejected),
            who(job),
            job.error_code.clone().unwrap_or_default(),
        ]
    };
    table(&columns, &jobs.iter().map(row).collect::<Vec<_>>())
}

/// Shows everything that is known about a job, and a page of its rejects.
pub(super) fn job(
    job: &Job,
    files: &[FileOutcome],
    rejects: &[Reject],
    next: Option<RejectCursor>,
) -> String {
    let mut lines = vec![format!("job {}: {}", job.id, status(job))];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    let kind = job.kind;
    line(
        "asked for",
        job.date
            .map_or_else(|| kind.to_string(), |day| format!("{kind} of {day}")),
    );
    line("by", who(job));
    line(
        "with",
        format!("cusip {} ({})", job.program_version, job.program),
    );
    line("started", job.started_at.clone());
    if job.status == JobStatus::Running {
        line("progress", progress(job));
    }
    if let Some(finished) = &job.finished_at {
        line("finished", format!("{finished}, after {} s", seconds(job)));
    }
    let options = (job.options.iter()).map(|(name, value)| (name, bare(value)));
    line("options", pairs(options, ""));
    if let Some(error) = &job.error {
        line("error", error.clone());
    }
    if !files.is_empty() {
        lines.push(file_table(files));
    }
    for file in files {
        lines.extend(details(file));
    }
    lines.extend(reject_lines(job, files, rejects, next));
    lines.join("\n")
}

/// Describes how far a running job is.
pub(super) fn progress(job: &Job) -> String {
    if job.cancel_requested_at.is_some() {
        return "being canceled".to_owned();
    }
    let Some(progress) = &job.progress else {
        return "starting".to_owned();
    };
    let mut shown = progress.phase.to_string();
    if let Some(kind) = progress.kind {
        shown.push_str(&format!(" {kind}"));
    }
    if let Some(percent) = progress.percent {
        shown.push_str(&format!(", {percent:.1}%"));
    }
    shown.push_str(&format!(", {} records read", number(progress.rows_read)));
    shown
}

fn file_table(files: &[FileOutcome]) -> String {
    let columns = [
        ("type", Align::Left),
        ("status", Align::Left),
        ("read", Align::Right),
        ("inserted", Align::Right),
        ("updated", Align::Right),
        ("unchanged", Align::Right),
        ("rejected", Align::Right),
        ("superseded", Align::Right),
        ("file", Align::Left),
    ];
    let row = |file: &FileOutcome| {
        let mut row = vec![file.kind.to_string(), file.status.to_string()];
        row.extend(count_cells(file.counts));
        row.push(file.location.clone());
        row
    };
    table(&columns, &files.iter().map(row).collect::<Vec<_>>())
}

fn details(file: &FileOutcome) -> Vec<String> {
    let mut lines = vec![file.kind.to_string()];
    let mut line = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("  {name:<8} {value}")));
    };
    let modified = file.last_modified.map(humantime::format_rfc3339_seconds);
    line(
        "size",
        file.size.map(|size| {
            let bytes = format!("{} bytes", number(size));
            modified.map_or_else(|| bytes.clone(), |time| format!("{bytes}, modified {time}"))
        }),
    );
    line("etag", file.e_tag.clone());
    line("version", file.version_id.clone());
    line("sha256", file.sha256.clone());
    line(
        "trailer",
        file.trailer.as_ref().map(|text| match file.trailer_field {
            Some(field) => format!("{}, field {field} is the record count", Excerpt(text)),
            None => format!("{}, no field matches the record count", Excerpt(text)),
        }),
    );
    let rules = &file.rejects_by_rule;
    line("rejects", (!rules.is_empty()).then(|| pairs(rules, "")));
    line(
        "pruned",
        (file.rejects_pruned_at.as_ref()).map(|time| format!("the rejects, at {time}")),
    );
    let phases = &file.phase_milliseconds;
    line("phases", (!phases.is_empty()).then(|| pairs(phases, " ms")));
    let before = file.already_loaded_by;
    line(
        "skipped",
        before.map(|job| format!("job {job} loaded it before")),
    );
    line("error", file.error.clone());
    for warning in &file.warnings {
        line("warning", Some(warning.clone()));
    }
    lines
}

fn reject_lines(
    job: &Job,
    files: &[FileOutcome],
    rejects: &[Reject],
    next: Option<RejectCursor>,
) -> Vec<String> {
    let mut lines: Vec<_> = (rejects.iter())
        .map(|reject| format!("rejected: {reject}"))
        .collect();
    if let Some(next) = next {
        let rejected = number(job.counts.rejected);
        lines.push(format!(
            "rejected: {rejected} records in all; --after {next} shows the next"
        ));
    }
    let files = files.iter().filter(|file| file.rejects_kept > 0).count();
    if files > 0 {
        lines.push(reject_hint(job.id, files));
    }
    lines
}

fn status(job: &Job) -> String {
    if job.is_dry_run() {
        format!("{} (dry run)", job.status)
    } else {
        job.status.to_string()
    }
}

fn seconds(job: &Job) -> String {
    job.seconds
        .map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}"))
}

fn who(job: &Job) -> String {
    let host = job.host.as_deref().unwrap_or("an unknown host");
    let mut who = format!("{} on {host}", job.started_by);
    if let Some(name) = &job.requested_by {
        write!(who, ", for {name}").expect("writing to a string succeeds");
    }
    if let Some(address) = &job.client_address {
        write!(who, ", from {address}").expect("writing to a string succeeds");
    }
    if let Some(request) = &job.request_id {
        write!(who, ", request {request}").expect("writing to a string succeeds");
    }
    who
}

fn pairs<'a, V: Display + 'a>(
    values: impl IntoIterator<Item = (&'a String, V)>,
    unit: &str,
) -> String {
    let shown = (values.into_iter()).map(|(name, value)| format!("{name} {value}{unit}"));
    shown.collect::<Vec<_>>().join(", ")
}

/// Returns a JSON value without the quotes of a string.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
