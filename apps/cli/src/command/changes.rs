//! `cusip changes`: what loads changed.

mod range;
mod summary;
mod table;

use cusip_config::OpenDatabase;
use cusip_postgres::Database;
use serde_json::{Map, json};

use self::range::Range;
use super::record_change::{COLUMNS, print_rows};
use crate::arguments::ChangesArguments;
use crate::exit::ExitStatus;
use crate::output::{JsonList, Output, OutputFormat, Rows};

pub(super) async fn run(
    arguments: &ChangesArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let opened = OpenDatabase::open(&arguments.database).await?;
    let database = &opened.database;
    let range = Range::find(database, &arguments.range).await?;
    let found = match output.format() {
        OutputFormat::Text => show_summary(database, range, output).await?,
        OutputFormat::Json => show_json(database, range, output).await?,
        OutputFormat::Table => show_table(database, range, output).await?,
        _ => show_rows(database, range, output).await?,
    };
    opened.close()?;
    if !output.is_json() {
        let range = range.shown();
        output.message(&match found {
            true => range,
            false => format!("nothing changed: {range}"),
        });
    }
    Ok(if found {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}

async fn show_summary(database: &Database, range: Range, output: &Output) -> anyhow::Result<bool> {
    let counts = database.count_changes(range.jobs).await?;
    if !counts.is_empty() {
        output.text(&summary::text(&counts))?;
    }
    Ok(!counts.is_empty())
}

async fn show_json(database: &Database, range: Range, output: &Output) -> anyhow::Result<bool> {
    let counts = database.count_changes(range.jobs).await?;
    let mut changes = database.changes(range.jobs, None, None).await?;
    let values = Map::from_iter([
        ("since_job".to_owned(), json!(range.jobs.after)),
        ("state".to_owned(), json!(range.state)),
    ]);
    let mut list = JsonList::begin(&values, "changes", output)?;
    while let Some(change) = changes.next().await? {
        list.item(&change)?;
    }
    list.end("summary", &counts)?;
    Ok(!counts.is_empty())
}

async fn show_table(database: &Database, range: Range, output: &Output) -> anyhow::Result<bool> {
    let mut changes = database.changes(range.jobs, None, None).await?;
    let mut found = false;
    while let Some(change) = changes.next().await? {
        if !found {
            output.text(&table::heading())?;
        }
        found = true;
        output.text(&table::lines(&change).join("\n"))?;
    }
    Ok(found)
}

async fn show_rows(database: &Database, range: Range, output: &Output) -> anyhow::Result<bool> {
    let mut changes = database.changes(range.jobs, None, None).await?;
    let mut rows = Rows::new(output, &COLUMNS);
    let mut found = false;
    while let Some(change) = changes.next().await? {
        found = true;
        print_rows(&change, &mut rows, output)?;
    }
    rows.end()?;
    Ok(found)
}
