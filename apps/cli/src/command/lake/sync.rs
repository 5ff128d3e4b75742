//! Brings a lake up to the last load.

use anyhow::anyhow;
use cusip_config::{OpenDatabase, Signals};
use cusip_lake::{AppendedLoad, LakeComparison, LakeSync, Store, compare_lake};
use cusip_postgres::Database;
use serde_json::{Value, json};

use crate::arguments::SyncArguments;
use crate::command::STANDARD_OUTPUT;
use crate::command::output_store::output_store;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, number, shown_state};

pub(super) async fn run(arguments: &SyncArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    if arguments.to.as_path() == STANDARD_OUTPUT {
        let problem = "a lake has many files; name a folder or s3://BUCKET/PREFIX in --to";
        return Err(UsageError(problem.to_owned()).into());
    }
    let store = output_store(&arguments.to, &arguments.bucket, false).await?;
    let opened = OpenDatabase::open(&arguments.database).await?;
    let mut signals = Signals::listen()?;
    let synced = tokio::select! {
        synced = sync_and_verify(arguments, &opened.database, &store, output) => synced,
        () = signals.next() => Err(anyhow!(
            "canceled; the lake has all loads that were reported, and the next sync continues after them"
        )),
    };
    opened.close()?;
    synced
}

async fn sync_and_verify(
    arguments: &SyncArguments,
    database: &Database,
    store: &Store,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let mut document = sync(arguments, database, store, output).await?;
    let mut status = ExitStatus::Done;
    if arguments.verify {
        let comparison = compare_lake(store, database.snapshot(None).await?).await?;
        if !comparison.problems.is_empty() {
            status = ExitStatus::Failed;
        }
        document["success"] = json!(comparison.problems.is_empty());
        document["verified"] = json!({
            "loads": comparison.loads,
            "files": comparison.files,
            "rows": comparison.rows,
            "pruned_loads": comparison.pruned,
            "problems": comparison.problems,
        });
        if !output.is_json() {
            report(&comparison, output)?;
        }
    }
    if output.is_json() {
        output.document(&document)?;
    }
    Ok(status)
}

/// Appends what is missing, and returns the JSON document about it.
async fn sync(
    arguments: &SyncArguments,
    database: &Database,
    store: &Store,
    output: &Output,
) -> anyhow::Result<Value> {
    let snapshot = database.snapshot(None).await?;
    let mut sync = LakeSync::open(store, &snapshot, arguments.snapshot_every).await?;
    let mut loads = Vec::new();
    while let Some(load) = sync.next().await? {
        if !output.is_json() {
            output.text(&shown(&load))?;
        }
        loads.push(json!({
            "job_id": load.state.job,
            "day": load.state.date.map(|day| day.to_string()),
            "versions": load.versions,
            "snapshot_rows": load.current,
            "bytes": load.bytes,
        }));
    }
    let last = sync.last();
    drop(sync);
    snapshot.end().await?;
    if !output.is_json() {
        output.message(&match last {
            Some(job) => format!("the lake goes up to job {job}"),
            None => "nothing has been loaded".to_owned(),
        });
    }
    Ok(json!({"success": true, "last_job_id": last, "loads": loads}))
}

fn shown(load: &AppendedLoad) -> String {
    let (versions, bytes) = (number(load.versions), number(load.bytes));
    let state = shown_state(load.state);
    let snapshot = match load.current {
        Some(rows) => format!(", and a snapshot of {} records", number(rows)),
        None => String::new(),
    };
    format!("appended {state}: {versions} versions{snapshot}; {bytes} bytes")
}

fn report(comparison: &LakeComparison, output: &Output) -> anyhow::Result<()> {
    for problem in &comparison.problems {
        output.message(&format!("error: {problem}"));
    }
    let LakeComparison {
        loads,
        files,
        rows,
        pruned,
        ..
    } = comparison;
    let result = match comparison.problems.len() {
        0 => "the lake is as the database".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{} differences", number(count as u64)),
    };
    let compared = format!(
        "compared {} loads, {} files, {} rows: {result}",
        number(*loads),
        number(*files),
        number(*rows)
    );
    output.text(&compared)?;
    if *pruned > 0 {
        output.message(&format!(
            "{} loads were pruned from the database's history, so their files were compared with their manifests only",
            number(*pruned)
        ));
    }
    Ok(())
}
