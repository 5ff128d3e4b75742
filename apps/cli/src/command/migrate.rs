//! `cusip migrate`: the database's schema.

use cusip_config::OpenDatabase;
use cusip_postgres::{Database, Migrated, MigrationMode, SchemaMigration, TakenOver};
use serde_json::{Value, json};

use crate::arguments::MigrateArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

pub(super) async fn run(
    arguments: &MigrateArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let opened = OpenDatabase::open_without_migrating(&arguments.database).await?;
    let database = &opened.database;
    if arguments.status {
        show_status(database, output).await?;
    } else {
        let mode = if arguments.dry_run {
            MigrationMode::DryRun
        } else {
            MigrationMode::Commit
        };
        show_migrated(database, &database.migrate(mode).await?, mode, output)?;
    }
    opened.close()?;
    Ok(ExitStatus::Done)
}

async fn show_status(database: &Database, output: &Output) -> anyhow::Result<()> {
    let migrations = database.migrations().await?;
    let is_earlier = database.is_of_earlier_service().await?;
    if output.is_json() {
        let mut shown = document(database, &migrations);
        shown["earlier_service"] = is_earlier.into();
        return output.document(&shown);
    }
    for SchemaMigration {
        version,
        name,
        applied,
        ..
    } in &migrations
    {
        let state = if *applied { "applied" } else { "due" };
        output.text(&format!("V{version} {name}: {state}"))?;
    }
    if is_earlier {
        output.text(&format!(
            "{} is of the earlier service: `cusip migrate` takes it over, with its rows and rights; \
             `cusip migrate --dry-run` tells whether anything stands in the way",
            database.place()
        ))?;
    }
    Ok(())
}

fn show_migrated(
    database: &Database,
    migrated: &Migrated,
    mode: MigrationMode,
    output: &Output,
) -> anyhow::Result<()> {
    if output.is_json() {
        let mut shown = document(database, &migrated.migrations);
        shown["taken_over"] = migrated.taken_over.map_or(Value::Null, rows);
        return output.document(&shown);
    }
    let (would, verb) = match mode {
        MigrationMode::Commit => ("", "applied"),
        MigrationMode::DryRun => ("would be ", "would be applied"),
    };
    for SchemaMigration { version, name, .. } in &migrated.migrations {
        output.text(&format!("V{version} {name}: {verb}"))?;
    }
    let place = database.place();
    if let Some(taken_over) = &migrated.taken_over {
        let TakenOver {
            issuers,
            issues,
            issue_attributes,
            ..
        } = taken_over;
        output.text(&format!(
            "{would}taken over from the earlier service: {issuers} issuers, {issues} issues and \
             {issue_attributes} issue attributes of {place}"
        ))?;
    } else if migrated.migrations.is_empty() {
        output.text(&format!(
            "nothing to do: the schema of {place} is up to date"
        ))?;
    }
    Ok(())
}

fn document(database: &Database, migrations: &[SchemaMigration]) -> Value {
    let migrations: Vec<_> = migrations
        .iter()
        .map(|migration| {
            json!({
                "version": migration.version,
                "name": migration.name,
                "applied": migration.applied,
            })
        })
        .collect();
    json!({"database": database.place(), "migrations": migrations})
}

fn rows(taken_over: TakenOver) -> Value {
    json!({
        "issuer": taken_over.issuers,
        "issue": taken_over.issues,
        "issue_attr": taken_over.issue_attributes,
    })
}
