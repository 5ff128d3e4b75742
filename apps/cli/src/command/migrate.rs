//! `cusip migrate`: the database's schema.

use cusip_postgres::{MigrationMode, SchemaMigration};
use cusip_startup::OpenDatabase;
use serde_json::json;

use crate::arguments::MigrateArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

pub(super) async fn run(
    arguments: &MigrateArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let opened = OpenDatabase::open_as_it_is(&arguments.database).await?;
    let database = &opened.database;
    let place = database.place();
    let (migrations, done) = if arguments.status {
        (database.migrations().await?, None)
    } else if arguments.dry_run {
        (
            database.migrate(MigrationMode::DryRun).await?,
            Some("would be applied"),
        )
    } else {
        (
            database.migrate(MigrationMode::Commit).await?,
            Some("applied"),
        )
    };
    if output.is_json() {
        let document: Vec<_> = migrations.iter().map(document).collect();
        output.document(&json!({"database": place, "migrations": document}))?;
    } else {
        for migration in &migrations {
            let state = done.unwrap_or(if migration.applied { "applied" } else { "due" });
            output.text(&format!(
                "V{} {}: {state}",
                migration.version, migration.name
            ))?;
        }
        if migrations.is_empty() {
            output.text(&format!(
                "nothing to do: the schema of {place} is up to date"
            ))?;
        }
    }
    opened.close()?;
    Ok(ExitStatus::Done)
}

fn document(migration: &SchemaMigration) -> serde_json::Value {
    json!({
        "version": migration.version,
        "name": migration.name,
        "applied": migration.applied,
    })
}
