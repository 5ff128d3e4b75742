//! `cusip jobs`: past and running loads.

mod cancel;
mod prune;
mod reject_file;
mod text;
mod watch;

use std::path::Path;

use anyhow::{anyhow, bail};
use cusip_config::OpenDatabase;
use cusip_jobs::{FileOutcome, Job, JobId, Reject, RejectCursor};
use cusip_postgres::{Database, JobFilter};
use serde::Serialize;
use serde_json::json;

use self::reject_file::WrittenFile;
use crate::arguments::{JobsAction, JobsArguments, ListArguments};
use crate::exit::ExitStatus;
use crate::output::{Output, number};

/// A job in the command's JSON document.
#[derive(Debug, Serialize)]
struct JobDocument<'a> {
    #[serde(flatten)]
    job: &'a Job,
    files: &'a [FileOutcome],
    rejects: &'a [Reject],
    /// The value of `--after` for the next rejects, or null if these are the last.
    next: Option<String>,
}

pub(super) async fn run(arguments: &JobsArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    match &arguments.action {
        Some(JobsAction::Cancel(arguments)) => return cancel::run(arguments, output).await,
        Some(JobsAction::Prune(arguments)) => return prune::run(arguments, output).await,
        None => {}
    }
    if let Some(path) = &arguments.rejects {
        reject_file::check_output(path, output)?;
    }
    let opened = OpenDatabase::open(&arguments.database).await?;
    let database = &opened.database;
    let id = arguments.id.map(JobId);
    let mut status = ExitStatus::Done;
    match (id, &arguments.rejects) {
        (id, _) if arguments.watch => {
            let job = watch::until_it_ends(database, id, output).await?;
            show(database, &job, arguments, output).await?;
            status = watch::exit_status(&job);
        }
        (None, _) => list(database, &arguments.list, arguments.limit, output).await?,
        (Some(id), None) => {
            let job = find(database, id).await?;
            show(database, &job, arguments, output).await?;
        }
        (Some(id), Some(path)) => {
            let job = find(database, id).await?;
            write_rejects(database, &job, path, arguments.force, output).await?;
        }
    }
    opened.close()?;
    Ok(status)
}

async fn find(database: &Database, id: JobId) -> anyhow::Result<Job> {
    let found = database.job(id).await?;
    found.ok_or_else(|| unknown(database, id))
}

fn unknown(database: &Database, id: JobId) -> anyhow::Error {
    anyhow!(
        "there is no job {id} in the database {}; `cusip jobs` lists the jobs",
        database.place()
    )
}

async fn list(
    database: &Database,
    arguments: &ListArguments,
    limit: u32,
    output: &Output,
) -> anyhow::Result<()> {
    let filter = JobFilter {
        before: arguments.before.map(JobId),
        status: arguments.status,
        kind: arguments.kind,
        date: arguments.date,
    };
    // One more than to show, to see whether there are more.
    let mut jobs = database.jobs(&filter, limit.saturating_add(1)).await?;
    let has_next = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next = jobs.last().filter(|_| has_next).map(|job| job.id);
    if output.is_json() {
        return output.document(&json!({"jobs": jobs, "next": next}));
    }
    if jobs.is_empty() {
        let is_filtered = filter.status.is_some() || filter.kind.is_some() || filter.date.is_some();
        let which = match arguments.before {
            _ if is_filtered => " matches".to_owned(),
            Some(id) => format!(" before job {id}"),
            None => String::new(),
        };
        let place = database.place();
        output.message(&format!("no job{which} in the database {place}"));
        return Ok(());
    }
    output.text(&text::history(&jobs))?;
    if let Some(next) = next {
        output.message(&format!("there are more jobs; --before {next} shows them"));
    }
    Ok(())
}

async fn show(
    database: &Database,
    job: &Job,
    arguments: &JobsArguments,
    output: &Output,
) -> anyhow::Result<()> {
    let files = database.job_files(job.id).await?;
    let rejects = database
        .job_rejects(job.id, None, arguments.after, arguments.limit)
        .await?;
    let mut next = rejects.last().and_then(RejectCursor::of);
    if next.is_some() {
        // Long rejects make a page short, so only another query shows whether it is the last one.
        let following = database.job_rejects(job.id, None, next, 1).await?;
        next = next.filter(|_| !following.is_empty());
    }
    if output.is_json() {
        return output.document(&JobDocument {
            job,
            files: &files,
            rejects: &rejects,
            next: next.map(|next| next.to_string()),
        });
    }
    output.text(&text::job(job, &files, &rejects, next))
}

async fn write_rejects(
    database: &Database,
    job: &Job,
    path: &Path,
    force: bool,
    output: &Output,
) -> anyhow::Result<()> {
    let files = database.job_files(job.id).await?;
    let written = reject_file::write(database, job, &files, path, force).await?;
    let pruned = (files.iter()).find_map(|file| file.rejects_pruned_at.as_ref());
    if written.is_empty()
        && let Some(time) = pruned
    {
        bail!(
            "the rejects of job {} were pruned at {time}; only the original files have them",
            job.id
        );
    }
    if output.is_json() {
        return output.document(&json!({"job_id": job.id, "files": written}));
    }
    if written.is_empty() {
        output.message(&format!("job {} has no rejects", job.id));
    }
    for file in &written {
        let summary = summary(file);
        if file.missing > 0 || path == reject_file::STANDARD_OUTPUT {
            output.message(&summary);
        } else {
            output.text(&summary)?;
        }
    }
    Ok(())
}

fn summary(file: &WrittenFile) -> String {
    let WrittenFile {
        kind,
        file,
        rows,
        missing,
    } = file;
    if *missing == 0 {
        return format!("{file}: {} rejected {kind} records", number(*rows));
    }
    format!(
        "warning: {file}: the first {} of {} rejected {kind} records; the job log does not keep the other {}, which only the original file has",
        number(*rows),
        number(rows + missing),
        number(*missing)
    )
}
