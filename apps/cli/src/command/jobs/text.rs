//! Jobs as people read them.

use cusip_postgres::{Job, JobFile, LoggedReject};
use serde_json::{Map, Value};

use crate::output::{Align, number, reject_hint, table};

/// Lists jobs, one a line.
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
            job.job_id.to_string(),
            status(job),
            job.started_at.clone(),
            seconds(job),
            job.date.clone().unwrap_or_else(|| "-".to_owned()),
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

/// Tells everything that is known of a job, and shows some of its rejects.
pub(super) fn job(job: &Job, files: &[JobFile], rejects: &[LoggedReject], offset: u64) -> String {
    let mut lines = vec![format!("job {}: {}", job.job_id, status(job))];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    let day = job.date.as_deref();
    line(
        "asked for",
        day.map_or_else(|| job.kind.clone(), |day| format!("{} of {day}", job.kind)),
    );
    line("by", who(job));
    line(
        "with",
        format!("cusip {} ({})", job.program_version, job.program),
    );
    line("started", job.started_at.clone());
    if let Some(finished) = &job.finished_at {
        line("finished", format!("{finished}, after {} s", seconds(job)));
    }
    line("options", pairs(&job.options, ""));
    if let Some(error) = &job.error {
        line("error", error.clone());
    }
    if !files.is_empty() {
        lines.push(file_table(files));
    }
    for file in files {
        lines.extend(details(file));
    }
    lines.extend(reject_lines(job, files, rejects, offset));
    lines.join("\n")
}

fn file_table(files: &[JobFile]) -> String {
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
    let row = |file: &JobFile| {
        let counts = &file.counts;
        let mut row = vec![file.kind.to_string(), file.status.clone()];
        let counts = [
            counts.read,
            counts.inserted,
            counts.updated,
            counts.unchanged,
            counts.rejected,
            counts.superseded,
        ];
        row.extend(counts.map(number));
        row.push(file.location.clone());
        row
    };
    table(&columns, &files.iter().map(row).collect::<Vec<_>>())
}

fn details(file: &JobFile) -> Vec<String> {
    let mut lines = vec![file.kind.to_string()];
    let mut line = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("  {name:<8} {value}")));
    };
    let modified = file.last_modified.as_ref();
    line(
        "size",
        file.size.map(|size| {
            let bytes = format!("{} bytes", number(size.cast_unsigned()));
            modified.map_or_else(|| bytes.clone(), |time| format!("{bytes}, of {time}"))
        }),
    );
    line("etag", file.e_tag.clone());
    line("version", file.version_id.clone());
    line("sha256", file.sha256.clone());
    line(
        "trailer",
        file.trailer.as_ref().map(|text| match file.trailer_field {
            Some(field) => format!("{text:?}, its field {field} is the number of records"),
            None => format!("{text:?}, which does not tell the number of records"),
        }),
    );
    line(
        "phases",
        (!file.phase_ms.is_empty()).then(|| pairs(&file.phase_ms, " ms")),
    );
    let before = file.already_loaded_by;
    line(
        "skipped",
        before.map(|job| format!("job {job} had loaded it")),
    );
    line("error", file.error.clone());
    for warning in &file.warnings {
        line("warning", Some(warning.clone()));
    }
    lines
}

fn reject_lines(
    job: &Job,
    files: &[JobFile],
    rejects: &[LoggedReject],
    offset: u64,
) -> Vec<String> {
    let mut lines: Vec<_> = (rejects.iter())
        .map(|reject| {
            format!(
                "rejected: {} line {}: {}",
                reject.kind, reject.line_number, reject.message
            )
        })
        .collect();
    let shown = offset + rejects.len() as u64;
    let more = job.counts.rejected.saturating_sub(shown);
    if more > 0 {
        lines.push(format!("rejected: and {} more", number(more)));
    }
    if job.counts.rejected > 0 {
        let files = files.iter().filter(|file| file.counts.rejected > 0).count();
        lines.push(reject_hint(job.job_id, files));
    }
    lines
}

fn status(job: &Job) -> String {
    match job.options.get("dry_run") {
        Some(Value::Bool(true)) => format!("{} (dry run)", job.status),
        _ if job.kind == "take-over" => format!("{} (take-over)", job.status),
        _ => job.status.clone(),
    }
}

fn seconds(job: &Job) -> String {
    job.seconds
        .map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}"))
}

fn who(job: &Job) -> String {
    let host = job.host.as_deref().unwrap_or("an unknown host");
    format!("{} on {host}", job.started_by)
}

fn pairs(values: &Map<String, Value>, unit: &str) -> String {
    let shown = values.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}{unit}"),
        other => format!("{name} {other}{unit}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}
