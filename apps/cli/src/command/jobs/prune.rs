//! Deletes the rejects of old jobs.

use cusip_config::OpenDatabase;
use serde_json::json;

use crate::arguments::PruneArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, number};

pub(super) async fn run(arguments: &PruneArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    let opened = OpenDatabase::open(&arguments.database).await?;
    let day = arguments.before;
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
