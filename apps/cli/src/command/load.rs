//! `cusip load`: loads files into the database.

use std::time::{Duration, Instant};

use chrono::Local;
use cusip_config::{OpenDatabase, hint, message_with_hint};
use cusip_jobs::{FileOutcome, LoadReport, RowCounts};
use cusip_loader::{Error, LoadOptions, LoadRequest, Stop};
use cusip_postgres::Database;

use super::requester;
use crate::arguments::{LoadArguments, flag};
use crate::exit::{self, ExitStatus};
use crate::objects;
use crate::output::{Align, Output, count_cells, more_rejects, reject_hint, table};
use crate::progress::LoadProgress;
use crate::signals;

/// What the last line says if the database could not be asked for the outcome.
const UNKNOWN: &str = "outcome unknown after";

const NOT_PERMITTED: &str =
    "run `cusip doctor` with the same options to see what is not permitted and how to fix it";

pub(super) async fn run(arguments: LoadArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let (opened, request) = match prepare(&arguments).await {
        Ok(prepared) => prepared,
        Err(error) if output.is_json() => {
            let message = message_with_hint(error.as_ref());
            output.message(&format!("error: {message}"));
            output.document(&LoadReport::not_started(message, arguments.date))?;
            return Ok(exit::of_error(&error));
        }
        Err(error) => return Err(error),
    };
    let status = load(&opened.database, request, output).await?;
    match opened.close() {
        // The result of the load matters more than a server that did not stop cleanly.
        Err(error) if status != ExitStatus::Done => output.error(&error.into()),
        closed => closed?,
    }
    Ok(status)
}

async fn prepare(arguments: &LoadArguments) -> anyhow::Result<(OpenDatabase, LoadRequest)> {
    let request = request(arguments).await?;
    Ok((OpenDatabase::open(&arguments.database).await?, request))
}

async fn request(arguments: &LoadArguments) -> anyhow::Result<LoadRequest> {
    let today = cusip_config::today(&Local);
    let options = arguments.guards.applied_to(arguments.rules.options());
    let options = LoadOptions {
        dry_run: arguments.dry_run,
        ..options
    };
    if let Some(date) = arguments.date {
        let source = cusip_config::day_source(&arguments.files).await?;
        let request = LoadRequest::day(date, today, None, source, options, requester());
        return Ok(request);
    }
    if !arguments.s3_key.is_empty() {
        let inputs = objects::objects(&arguments.files, &arguments.s3_key, arguments.kind).await?;
        return Ok(LoadRequest::files(inputs, today, options, requester())?);
    }
    let mut inputs = Vec::with_capacity(arguments.file.len());
    for path in &arguments.file {
        inputs.push(super::input(path, arguments.kind).await?);
    }
    Ok(LoadRequest::files(inputs, today, options, requester())?)
}

async fn load(
    database: &Database,
    request: LoadRequest,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let started = Instant::now();
    let progress = LoadProgress::new();
    let stop = Stop::default();
    let outcome = {
        let _signals = signals::stop_on_signal(&stop);
        cusip_loader::load(database, request, &progress, &stop).await
    };
    progress.finish();
    let (report, status, ended, is_not_permitted) = match outcome {
        Ok(report) => (report, ExitStatus::Done, "", false),
        Err(failure) => {
            let (error, mut report) = (failure.error, failure.report);
            if let Some(hint) = hint(&error) {
                report.message.push_str(&format!("; {hint}"));
            }
            if let Some(option) = error.allowed_by() {
                report.message.push_str(&format!(" ({})", flag(option)));
            }
            let ended = match &error {
                Error::Cancelled => "canceled after",
                error if error.is_outcome_unknown() => UNKNOWN,
                _ => "failed after",
            };
            let is_not_permitted =
                matches!(&error, Error::Database(error) if error.is_not_permitted());
            (report, exit::of_load_error(&error), ended, is_not_permitted)
        }
    };
    if output.is_json() {
        output.document(&report)?;
    } else if report.job_id.is_some() {
        output.text(&summary(
            &report,
            ended,
            database.place(),
            started.elapsed(),
        ))?;
    }
    if !report.success {
        output.message(&format!("error: {}", report.message));
    }
    if is_not_permitted {
        output.message(NOT_PERMITTED);
    }
    Ok(status)
}

fn summary(report: &LoadReport, ended: &str, place: &str, duration: Duration) -> String {
    let columns = [
        ("type", Align::Left),
        ("read", Align::Right),
        ("inserted", Align::Right),
        ("updated", Align::Right),
        ("unchanged", Align::Right),
        ("rejected", Align::Right),
        ("superseded", Align::Right),
        ("file", Align::Left),
    ];
    let row = |file: &FileOutcome| {
        let mut row = vec![file.kind.to_string()];
        row.extend(count_cells(file.counts));
        row.push(file.location.clone());
        row
    };
    let rows: Vec<_> = report.results.iter().map(row).collect();
    let mut lines = Vec::new();
    // A load that was refused has read nothing.
    let is_empty = |file: &FileOutcome| file.counts == RowCounts::default();
    if report.success || !report.results.iter().all(is_empty) {
        lines.push(table(&columns, &rows));
    }
    for file in &report.results {
        if let Some(job) = file.already_loaded_by {
            lines.push(format!("skipped: {} was loaded by job {job}", file.kind));
        }
        lines.extend(
            file.warnings
                .iter()
                .map(|warning| format!("warning: {}: {warning}", file.kind)),
        );
    }
    for group in &report.reject_groups {
        let examples = group.examples.iter();
        lines.extend(examples.map(|reject| format!("rejected: {reject}")));
        if group.more() > 0 {
            let kind = group.examples[0].kind;
            lines.push(format!("rejected: {kind}: {}", more_rejects(group)));
        }
    }
    let counts: RowCounts = report.results.iter().map(|file| file.counts).sum();
    let rejected = counts.rejected;
    if let Some(job) = report.job_id.filter(|_| rejected > 0) {
        let files = report
            .results
            .iter()
            .filter(|file| file.counts.rejected > 0);
        lines.push(reject_hint(job, files.count()));
    }
    let job = report
        .job_id
        .map_or_else(String::new, |job| format!("job {job}: "));
    let seconds = duration.as_secs_f64();
    lines.push(if report.success {
        format!(
            "{job}{} in {seconds:.1} s into the database {place}",
            report.message
        )
    } else if ended == UNKNOWN {
        format!("{job}{ended} {seconds:.1} s in the database {place}")
    } else {
        format!("{job}{ended} {seconds:.1} s, nothing was loaded into the database {place}")
    });
    lines.join("\n")
}
