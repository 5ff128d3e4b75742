//! Cancels a running job.

use std::time::Duration;

use anyhow::bail;
use cusip_config::OpenDatabase;
use cusip_jobs::{JobId, JobStatus};
use cusip_postgres::{CancelOutcome, Database};
use serde_json::json;
use tokio::time::sleep;

use crate::arguments::CancelArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

const LOOKS: u32 = 12;
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

pub(super) async fn run(
    arguments: &CancelArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let opened = OpenDatabase::open(&arguments.database).await?;
    let database = &opened.database;
    let id = JobId(arguments.id);
    match database.cancel_job(id).await? {
        CancelOutcome::Requested => {}
        CancelOutcome::Ended => {
            let status = super::find(database, id).await?.status;
            bail!("job {id} has already ended; its status is {status}");
        }
        _ => return Err(super::unknown(database, id)),
    }
    // A program that does not respond has stopped or hangs, so its session is ended.
    let has_ended = ends_soon(database, id).await? || database.end_cancelled_job(id).await?;
    opened.close()?;
    if output.is_json() {
        output.document(&json!({"job_id": id, "has_ended": has_ended}))?;
    } else if has_ended {
        output.text(&format!("job {id} was canceled; nothing was loaded"))?;
    } else {
        output.text(&format!(
            "job {id} is being canceled; nothing will be loaded (`cusip jobs {id} --watch` shows when it has ended)"
        ))?;
    }
    Ok(ExitStatus::Done)
}

/// Gives the job's program a few seconds to end the job.
async fn ends_soon(database: &Database, id: JobId) -> anyhow::Result<bool> {
    for _ in 0..LOOKS {
        if super::find(database, id).await?.status != JobStatus::Running {
            return Ok(true);
        }
        sleep(LOOK_INTERVAL).await;
    }
    Ok(false)
}
