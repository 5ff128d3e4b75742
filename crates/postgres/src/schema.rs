//! The migrations of the schema, embedded from the top-level `migrations/`.

mod adapter;
mod take_over;

use refinery::error::Kind;
use refinery::{Migration, Report};
use refinery_core::AsyncMigrate as _;
use tokio_postgres::Client;
use tokio_postgres::error::DbError;

use self::adapter::MigrationTransaction;
pub use self::take_over::TakenOver;
use self::take_over::{TakeOver, is_earlier};
use crate::database::Database;
use crate::error::Error;
use crate::lock;

pub(crate) const HISTORY_TABLE: &str = "refinery_schema_history";

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// A migration that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaMigration {
    /// The migration's number, from 1.
    pub version: i32,
    /// The migration's name, e.g. `master_tables`.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// What bringing a schema up to date has done, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The migrations that were due, in the order of their versions.
    pub migrations: Vec<SchemaMigration>,
    /// What was taken over from the earlier service, if the database was of its making.
    pub taken_over: Option<TakenOver>,
}

/// Whether migrations are committed or only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationMode {
    /// They are committed, all or none.
    Commit,
    /// They are run and rolled back: everything but the commit.
    DryRun,
}

impl Database {
    /// Brings the schema up to date, and tells which migrations were due.
    ///
    /// All of them run in one transaction under the load lock: the schema is afterwards whole or
    /// untouched, and no load and no second migration runs beside it.
    ///
    /// A database that the earlier service made is taken over in the same transaction: its rows and
    /// the rights that readers have stay, what only that service needed goes.
    ///
    /// # Errors
    ///
    /// As [`Pool::check_server`](cusip_connect::Pool::check_server); [`Error::Busy`] while a load or another migration
    /// runs; [`Error::Encoding`] if the database does not store text as UTF-8;
    /// [`Error::SchemaDiffers`] if the database's history is not the beginning of this program's;
    /// [`Error::NotTakenOver`] if it is the earlier service's, with changes of somebody else;
    /// [`Error::Connection`] if a migration fails.
    pub async fn migrate(&self, mode: MigrationMode) -> Result<Migrated, Error> {
        let transaction = self.begin().await?;
        let migrated = self.migrate_in(transaction.client()).await;
        match (&migrated, mode) {
            (Ok(_), MigrationMode::Commit) => transaction.commit().await?,
            _ => transaction.roll_back().await,
        }
        let (report, taken_over) = migrated?;
        let due = report.applied_migrations().iter();
        Ok(Migrated {
            migrations: due
                .map(|migration| known(migration, mode == MigrationMode::Commit))
                .collect(),
            taken_over,
        })
    }

    /// Tells whether the database is the earlier service's, and will be taken over when it is
    /// [migrated](Self::migrate).
    ///
    /// # Errors
    ///
    /// Those of [`migrations`](Self::migrations).
    pub async fn is_of_earlier_service(&self) -> Result<bool, Error> {
        let client = self.client().await?;
        let migrations = self.migrations_of(&client).await?;
        self.is_earlier(&client, &migrations).await
    }

    /// Returns all migrations that this program knows, and whether the database has them.
    ///
    /// # Errors
    ///
    /// As [`Pool::check_server`](cusip_connect::Pool::check_server); [`Error::SchemaDiffers`] as for
    /// [`migrate`](Self::migrate); [`Error::Connection`] if the history cannot be read.
    pub async fn migrations(&self) -> Result<Vec<SchemaMigration>, Error> {
        let client = self.client().await?;
        self.migrations_of(&client).await
    }

    /// Makes sure that the schema is the one that this program works with.
    ///
    /// # Errors
    ///
    /// As [`migrations`](Self::migrations), and [`Error::NotMigrated`] if a migration is due.
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
        Err(Error::NotMigrated {
            place: self.place().to_owned(),
            pending,
            known: migrations.len(),
        })
    }

    async fn migrate_in(&self, client: &Client) -> Result<(Report, Option<TakenOver>), Error> {
        lock::take(self, client).await?;
        self.check_encoding(client).await?;
        // refinery finds the same differences, but speaks of a file system that nobody here has.
        let migrations = self.migrations_of(client).await?;
        let mut take_over = None;
        if self.is_earlier(client, &migrations).await? {
            take_over = Some(TakeOver::begin(self, client).await?);
        }
        let report = (embedded::migrations::runner())
            .run_async(&mut MigrationTransaction(client))
            .await
            .map_err(|error| self.migration_error(error))?;
        Ok(match take_over {
            Some(take_over) => (report, Some(take_over.finish(self, client).await?)),
            None => (report, None),
        })
    }

    async fn is_earlier(
        &self,
        client: &Client,
        migrations: &[SchemaMigration],
    ) -> Result<bool, Error> {
        if migrations.iter().any(|migration| migration.applied) {
            return Ok(false);
        }
        (is_earlier(client).await)
            .map_err(|error| self.statement("look for the earlier service's tables", error))
    }

    async fn check_encoding(&self, client: &Client) -> Result<(), Error> {
        let row = (client
            .query_one("select current_setting('server_encoding')", &[])
            .await)
            .map_err(|error| self.statement("ask for the encoding", error))?;
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
                format!("it lacks the migration V{version}__{name} and has later ones");
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
                format!("its migration {past} has another text than this program's")
            }
            Some(ours) => format!("its migration {past} is not this program's {ours}"),
            None => format!("it has the migration {past}, which this program does not know"),
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
                "make the schema's history".to_owned()
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
