//! Watches a job until it ends.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use anyhow::anyhow;
use cusip_jobs::{Job, JobId, JobStatus};
use cusip_postgres::{Database, JobFilter};
use indicatif::ProgressBar;
use tokio::time::sleep;

use super::text;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Programs write their progress to the job log every second.
const INTERVAL: Duration = Duration::from_secs(1);

/// Shows the progress of a job, or of the running one, and returns the job as it ended.
pub(super) async fn until_it_ends(
    database: &Database,
    id: Option<JobId>,
    output: &Output,
) -> anyhow::Result<Job> {
    let id = match id {
        Some(id) => id,
        None => running(database).await?,
    };
    let bar = (io::stderr().is_terminal()).then(ProgressBar::new_spinner);
    let mut shown = None;
    loop {
        let job = super::find(database, id).await?;
        if job.status != JobStatus::Running {
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            return Ok(job);
        }
        let progress = format!("job {id}: {}", text::progress(&job));
        match &bar {
            Some(bar) => {
                bar.set_message(progress);
                bar.tick();
            }
            // A log gets a line for each step, not for each second.
            None => {
                let step = job.progress.as_ref().map(|now| (now.phase, now.kind));
                if shown != Some(step) {
                    output.message(&progress);
                    shown = Some(step);
                }
            }
        }
        sleep(INTERVAL).await;
    }
}

async fn running(database: &Database) -> anyhow::Result<JobId> {
    let filter = JobFilter {
        status: Some(JobStatus::Running),
        ..JobFilter::default()
    };
    let running = database.jobs(&filter, 1).await?;
    let id = running.first().map(|job| job.id);
    id.ok_or_else(|| anyhow!("no job is running in the database {}", database.place()))
}

/// Returns the exit status of a job that ended, which is that of its `cusip load`.
pub(super) fn exit_status(job: &Job) -> ExitStatus {
    match (job.status, job.error_code.as_deref()) {
        (JobStatus::Succeeded, _) => ExitStatus::Done,
        (_, Some("too_many_rejects")) => ExitStatus::Rejects,
        (_, Some("day_not_found" | "file_not_found")) => ExitStatus::NotFound,
        (_, Some("database_unavailable")) => ExitStatus::Database,
        _ => ExitStatus::Failed,
    }
}
