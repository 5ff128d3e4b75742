//! Applies the migrations of the top-level `migrations/` folder, which the build embeds.

mod adapter;
mod hidden;

use std::sync::LazyLock;

use cusip_connect::{Client, Transaction};
use refinery::Migration;
use refinery::error::Kind;
use refinery_core::AsyncMigrate as _;
use tokio_postgres::error::DbError;

use self::adapter::MigrationTransaction;
use crate::database::Database;
use crate::error::Error;
use crate::lock;

pub(crate) const HISTORY_TABLE: &str = "refinery_schema_history";

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// Every look-up asks for it, and reading the migrations computes the checksums of their files.
static SCHEMA_VERSION: LazyLock<i32> = LazyLock::new(|| {
    let runner = embedded::migrations::runner();
    let versions = runner.get_migrations().iter().map(Migration::version);
    versions.max().unwrap_or_default()
});

/// A migration that this program includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaMigration {
    /// The migration's number, from 1.
    pub version: i32,
    /// The migration's name, e.g. `master_tables`.
    pub name: String,
    /// Whether the database has applied it.
    pub applied: bool,
}

/// Whether to commit migrations or only try them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationMode {
    /// Commits all of them, or none if one fails.
    Commit,
    /// Runs all of them, then rolls back.
    DryRun,
}

/// Returns the version of the schema that this program needs: the number of its last migration.
#[must_use]
pub fn schema_version() -> i32 {
    *SCHEMA_VERSION
}

impl Database {
    /// Applies the pending migrations and returns them in order.
    ///
    /// They run in one transaction that holds the load lock, so the schema changes completely or
    /// not at all, and no load or other migration runs at the same time.
    ///
    /// # Errors
    ///
    /// The errors of [`Pool::check_server`](cusip_connect::Pool::check_server); [`Error::Busy`]
    /// while a load or another migration runs; [`Error::Encoding`] if the database does not store
    /// text as UTF-8; [`Error::SchemaDiffers`] if the database has applied a migration that this
    /// program does not include; [`Error::Connection`] if a migration fails.
    pub async fn migrate(&self, mode: MigrationMode) -> Result<Vec<SchemaMigration>, Error> {
        let transaction = self.begin().await?;
        let migrated = self.migrate_in(transaction.client()).await;
        match (&migrated, mode) {
            (Ok(_), MigrationMode::Commit) => self.commit_migrations(transaction).await?,
            _ => transaction.roll_back().await,
        }
        let run = migrated?;
        let is_applied = mode == MigrationMode::Commit;
        Ok((run.iter().map(|migration| known(migration, is_applied))).collect())
    }

    /// Returns every migration of this program, and whether the database has applied it.
    ///
    /// # Errors
    ///
    /// The errors of [`Pool::check_server`](cusip_connect::Pool::check_server);
    /// [`Error::SchemaDiffers`] as for [`migrate`](Self::migrate); [`Error::Connection`] if the
    /// history cannot be read.
    pub async fn migrations(&self) -> Result<Vec<SchemaMigration>, Error> {
        let client = self.client().await?;
        self.migrations_of(&client).await
    }

    /// Checks that the database has exactly the schema that this program needs.
    ///
    /// # Errors
    ///
    /// The errors of [`migrations`](Self::migrations), [`Error::NotMigrated`] if a migration is
    /// pending, and [`Error::HiddenSchema`] if this role does not find the tables.
    pub async fn check_schema(&self) -> Result<(), Error> {
        let client = self.client().await?;
        self.check_schema_of(&client).await
    }

    pub(crate) async fn check_schema_of(&self, client: &Client) -> Result<(), Error> {
        let migrations = self.migrations_of(client).await?;
        let pending = migrations
            .iter()
            .filter(|migration| !migration.applied)
            .count();
        if pending == 0 {
            return Ok(());
        }
        if pending == migrations.len() {
            self.check_search_path(client).await?;
        }
        Err(Error::NotMigrated {
            place: self.place().to_owned(),
            pending,
            known: migrations.len(),
        })
    }

    /// Checks that the tables are not in a schema where this role does not find them.
    async fn check_search_path(&self, client: &Client) -> Result<(), Error> {
        let hidden = hidden::find(client, HISTORY_TABLE).await;
        match hidden.map_err(|error| self.statement("look for the tables' schema", error))? {
            None => Ok(()),
            Some(hidden) => Err(Error::HiddenSchema {
                place: self.place().to_owned(),
                schema: hidden.name,
                remedy: hidden.remedy,
            }),
        }
    }

    /// Commits, and finds out whether that succeeded if the server's answer is lost.
    async fn commit_migrations(&self, transaction: Transaction) -> Result<(), Error> {
        match transaction.commit().await {
            Err(error) if error.is_connection_lost() => {
                self.pool().replace_connections();
                self.check_schema().await.map_err(|_| error.into())
            }
            committed => Ok(committed?),
        }
    }

    async fn migrate_in(&self, client: &Client) -> Result<Vec<Migration>, Error> {
        lock::take(self, client).await?;
        self.check_encoding(client).await?;
        // refinery finds the same differences, but its messages blame a missing file.
        self.migrations_of(client).await?;
        let report = (embedded::migrations::runner())
            .run_async(&mut MigrationTransaction(client))
            .await
            .map_err(|error| self.migration_error(error))?;
        Ok(report.applied_migrations().clone())
    }

    async fn check_encoding(&self, client: &Client) -> Result<(), Error> {
        let row = (client
            .query_one("select current_setting('server_encoding')", &[])
            .await)
            .map_err(|error| self.statement("read the database's encoding", error))?;
        let encoding: String = row.get(0);
        if encoding == "UTF8" {
            return Ok(());
        }
        Err(Error::Encoding {
            place: self.place().to_owned(),
            encoding,
        })
    }

    async fn migrations_of(&self, client: &Client) -> Result<Vec<SchemaMigration>, Error> {
        let reading = |error| self.statement("read the schema's history", error);
        let has_history = "select to_regclass($1) is not null";
        let row = client
            .query_one(has_history, &[&HISTORY_TABLE])
            .await
            .map_err(reading)?;
        let mut applied = Vec::new();
        if row.get(0) {
            applied = MigrationTransaction(client)
                .get_applied_migrations(HISTORY_TABLE)
                .await
                .map_err(|error| self.migration_error(error))?;
        }
        let runner = embedded::migrations::runner();
        for past in &applied {
            self.check_known(past, runner.get_migrations())?;
        }
        let newest = applied.iter().map(Migration::version).max();
        let has = |migration: &Migration| {
            applied
                .iter()
                .any(|past| past.version() == migration.version())
        };
        let mut migrations: Vec<_> = (runner.get_migrations().iter())
            .map(|migration| known(migration, has(migration)))
            .collect();
        migrations.sort_by_key(|migration| migration.version);
        let skipped = (migrations.iter())
            .find(|migration| !migration.applied && Some(migration.version) < newest);
        if let Some(SchemaMigration { version, name, .. }) = skipped {
            let difference =
                format!("migration V{version}__{name} is missing, but later ones were applied");
            return Err(self.schema_differs(difference));
        }
        Ok(migrations)
    }

    fn check_known(&self, past: &Migration, known: &[Migration]) -> Result<(), Error> {
        let ours = known
            .iter()
            .find(|migration| migration.version() == past.version());
        let difference = match ours {
            Some(ours) if ours.checksum() == past.checksum() && ours.name() == past.name() => {
                return Ok(());
            }
            Some(ours) if ours.name() == past.name() => {
                format!("migration {past} was edited after it was applied")
            }
            Some(ours) => format!("migration {past} was applied, but here it is {ours}"),
            None => format!("migration {past} was applied, but this program does not include it"),
        };
        Err(self.schema_differs(difference))
    }

    fn migration_error(&self, error: refinery::Error) -> Error {
        let Kind::Connection(task, cause) = error.kind() else {
            return self.schema_differs(error.to_string());
        };
        let task = match task.strip_prefix("error applying migration ") {
            Some(migration) => format!("apply the migration {migration}"),
            None if task == "error asserting migrations table" => {
                "create the schema's history".to_owned()
            }
            None => "read the schema's history".to_owned(),
        };
        match (cause.source()).and_then(|source| source.downcast_ref::<DbError>()) {
            Some(words) => self.statement_failed(task, words.clone()),
            None => self.statement_failed(task, cause.to_string()),
        }
    }

    fn schema_differs(&self, difference: String) -> Error {
        Error::SchemaDiffers {
            place: self.place().to_owned(),
            difference,
        }
    }
}

fn known(migration: &Migration, applied: bool) -> SchemaMigration {
    SchemaMigration {
        version: migration.version(),
        name: migration.name().to_owned(),
        applied,
    }
}
