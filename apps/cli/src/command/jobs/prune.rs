//! Deletes the rejects of old jobs.

use chrono::Utc;
use cusip_config::{OpenDatabase, today};
use serde_json::json;

use crate::arguments::PruneArguments;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, number};

pub(super) async fn run(arguments: &PruneArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let (day, today) = (arguments.before, today(&Utc));
    if day > today {
        let problem = format!(
            "--before {day} is in the future, so it would delete the rejects of all jobs; today is {today}, UTC"
        );
        return Err(UsageError(problem).into());
    }
    let opened = OpenDatabase::open(&arguments.database).await?;
    let pruned = opened.database.prune_rejects(day).await?;
    opened.close()?;
    if output.is_json() {
        let document = json!({
            "before": day.to_string(),
            "files": pruned.files,
            "rejects_deleted": pruned.rejects,
        });
        output.document(&document)?;
    } else {
        output.text(&format!(
            "deleted {} rejects; {} files of jobs before {day} have none left",
            number(pruned.rejects),
            number(pruned.files)
        ))?;
    }
    Ok(ExitStatus::Done)
}
