//! Deletes old versions of records.

use std::time::SystemTime;

use cusip_config::OpenDatabase;
use cusip_pif::Date;
use serde_json::json;

use crate::arguments::PruneHistoryArguments;
use crate::command::requester;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, number, shown_state};

pub(super) async fn run(
    arguments: &PruneHistoryArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let day = arguments.before;
    refuse_future(day)?;
    let opened = OpenDatabase::open(&arguments.database).await?;
    let pruned = opened.database.prune_history(day, requester()).await?;
    opened.close()?;
    if output.is_json() {
        output.document(&json!({
            "before": day.to_string(),
            "job_id": pruned.job,
            "versions_deleted": pruned.versions,
            "oldest": pruned.oldest,
        }))?;
    } else {
        output.text(&format!(
            "deleted {} versions; the history begins with {} (this is job {})",
            number(pruned.versions),
            shown_state(pruned.oldest),
            pruned.job
        ))?;
    }
    Ok(ExitStatus::Done)
}

/// Refuses a day that has not come anywhere: it would delete the whole history.
fn refuse_future(day: Date) -> Result<(), UsageError> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let today = now.map_or(0, |elapsed| elapsed.as_secs() / 86_400);
    // It may be tomorrow elsewhere.
    if i64::from(day.days_since_unix_epoch()) > today.cast_signed() + 1 {
        let problem = format!(
            "--before {day} is in the future, so the whole history would be deleted; enter a past day"
        );
        return Err(UsageError(problem));
    }
    Ok(())
}
