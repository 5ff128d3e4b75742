//! `cusip jobs`: past loads and their results.

mod reject_file;
mod text;

use std::path::Path;

use anyhow::bail;
use cusip_config::OpenDatabase;
use cusip_jobs::{FileOutcome, Job, JobId, Reject};
use cusip_postgres::{Database, JobFilter};
use serde::Serialize;
use serde_json::json;

use crate::arguments::JobsArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, number};

/// A job in the command's JSON document.
#[derive(Debug, Serialize)]
struct JobDocument<'a> {
    #[serde(flatten)]
    job: &'a Job,
    files: &'a [FileOutcome],
    rejects: &'a [Reject],
}

pub(super) async fn run(arguments: &JobsArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let opened = OpenDatabase::open(&arguments.database).await?;
    let database = &opened.database;
    match arguments.id {
        None => list(database, arguments, output).await?,
        Some(id) => {
            let Some(job) = database.job(JobId(id)).await? else {
                bail!(
                    "there is no job {id} in the database {}; `cusip jobs` lists the jobs",
                    database.place()
                );
            };
            let files = database.job_files(JobId(id)).await?;
            match &arguments.rejects {
                None => show(database, &job, &files, arguments, output).await?,
                Some(path) => {
                    write_rejects(database, &job, &files, path, arguments.force, output).await?;
                }
            }
        }
    }
    opened.close()?;
    Ok(ExitStatus::Done)
}

async fn list(
    database: &Database,
    arguments: &JobsArguments,
    output: &Output,
) -> anyhow::Result<()> {
    let filter = JobFilter {
        before: arguments.before.map(JobId),
        ..JobFilter::default()
    };
    let jobs = database.jobs(&filter, arguments.limit).await?;
    if output.is_json() {
        return output.document(&json!({"jobs": jobs}));
    }
    if jobs.is_empty() {
        let which = match arguments.before {
            None => String::new(),
            Some(id) => format!(" before job {id}"),
        };
        output.message(&format!(
            "no job{which} in the database {}",
            database.place()
        ));
        return Ok(());
    }
    output.text(&text::history(&jobs))
}

async fn show(
    database: &Database,
    job: &Job,
    files: &[FileOutcome],
    arguments: &JobsArguments,
    output: &Output,
) -> anyhow::Result<()> {
    let rejects = database
        .job_rejects(job.id, None, arguments.after, arguments.limit)
        .await?;
    if output.is_json() {
        let rejects = rejects.as_slice();
        return output.document(&JobDocument {
            job,
            files,
            rejects,
        });
    }
    output.text(&text::job(job, files, &rejects))
}

async fn write_rejects(
    database: &Database,
    job: &Job,
    files: &[FileOutcome],
    path: &Path,
    force: bool,
    output: &Output,
) -> anyhow::Result<()> {
    let written = reject_file::write(database, job, files, path, force).await?;
    if output.is_json() {
        return output.document(&json!({"job_id": job.id, "files": written}));
    }
    if written.is_empty() {
        output.message(&format!("job {} has no rejects", job.id));
    }
    for file in &written {
        let records = number(file.rows);
        output.text(&format!(
            "{}: {records} rejected {} records",
            file.file, file.kind
        ))?;
    }
    Ok(())
}
