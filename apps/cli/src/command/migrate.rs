//! `cusip migrate`: applies the migrations of the schema, or shows them.

use cusip_config::OpenDatabase;
use cusip_postgres::{Database, MigrationMode, SchemaMigration};
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
    if output.is_json() {
        return output.document(&document(database, &migrations));
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
    Ok(())
}

fn show_migrated(
    database: &Database,
    migrations: &[SchemaMigration],
    mode: MigrationMode,
    output: &Output,
) -> anyhow::Result<()> {
    if output.is_json() {
        return output.document(&document(database, migrations));
    }
    let verb = match mode {
        MigrationMode::Commit => "applied",
        MigrationMode::DryRun => "would be applied",
    };
    for SchemaMigration { version, name, .. } in migrations {
        output.text(&format!("V{version} {name}: {verb}"))?;
    }
    if migrations.is_empty() {
        let place = database.place();
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
