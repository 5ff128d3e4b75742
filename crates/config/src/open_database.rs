//! Opens the database that the settings name, with the embedded server that it may need.

use std::env;
use std::time::{Duration, Instant};

use cusip_embedded::{Server, ServerOptions, default_data_folder};
use cusip_postgres::{Database, Error as DatabaseError, MigrationMode};
use tokio::time::sleep;
use tokio_postgres::Config;

use crate::database::DatabaseSettings;
use crate::error::Error;

/// The variable that names the folder of PostgreSQL's programs.
pub(crate) const BINARIES: &str = "CUSIP_POSTGRES_BIN";

/// How long to wait for another command that migrates the same embedded server.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(60);
const MIGRATION_INTERVAL: Duration = Duration::from_millis(100);

/// A database, and the embedded server that it runs on, if there is one.
#[derive(Debug)]
pub struct OpenDatabase {
    /// The database.
    pub database: Database,
    server: Option<Server>,
}

impl OpenDatabase {
    /// Opens the database that the settings name. Migrates it if it runs on an embedded server.
    ///
    /// # Errors
    ///
    /// [`Error::Settings`] if the settings are invalid; for an embedded server also
    /// [`Error::NotAFolder`], [`Error::Embedded`] and [`Error::Database`].
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, Error> {
        let opened = Self::open_without_migrating(settings).await?;
        if opened.server.is_some() {
            migrate(&opened.database).await?;
        }
        Ok(opened)
    }

    /// Opens the database that the settings name, and leaves its schema alone.
    ///
    /// # Errors
    ///
    /// Same as [`open`](Self::open), except [`Error::Database`].
    pub async fn open_without_migrating(settings: &DatabaseSettings) -> Result<Self, Error> {
        let Some(folder) = &settings.embedded else {
            let database = Database::new(settings.connect_options().await?);
            return Ok(Self {
                database,
                server: None,
            });
        };
        let folder = match folder {
            Some(folder) => folder.clone(),
            None => default_data_folder()?,
        };
        if folder.is_file() {
            return Err(Error::NotAFolder(folder));
        }
        let place = format!("cusip in {}", folder.display());
        let mut options = ServerOptions::persistent(folder);
        if let Some(binaries) = env::var_os(BINARIES).filter(|folder| !folder.is_empty()) {
            options = options.binaries(binaries);
        }
        let server = Server::start(options)?;
        let connection = server.connection_string();
        if server.was_running() {
            tracing::info!("using the embedded server of another command; psql \"{connection}\"");
        } else {
            tracing::info!("started an embedded server; psql \"{connection}\" connects to it");
        }
        let mut config = Config::new();
        config
            .host_path(server.socket_folder())
            .port(server.port())
            .user(server.user())
            .dbname(server.database());
        Ok(Self {
            database: Database::new(config).with_place(place),
            server: Some(server),
        })
    }

    /// Returns how libpq connects to the embedded server, if there is one.
    #[must_use]
    pub fn connection_string(&self) -> Option<String> {
        self.server.as_ref().map(Server::connection_string)
    }

    /// Leaves the embedded server, if there is one, and stops it unless another command uses it.
    ///
    /// # Errors
    ///
    /// [`Error::Embedded`] if it cannot be stopped cleanly.
    pub fn close(self) -> Result<(), Error> {
        drop(self.database);
        match self.server {
            Some(server) => Ok(server.stop()?),
            None => Ok(()),
        }
    }
}

/// Migrates the database of an embedded server, unless another command has done so or is doing it.
///
/// Looks before it migrates: a migration needs the load lock, which another command may have.
async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    let deadline = Instant::now() + MIGRATION_TIMEOUT;
    loop {
        match database.check_schema().await {
            Err(DatabaseError::NotMigrated { .. }) => {}
            checked => return checked,
        }
        match database.migrate(MigrationMode::Commit).await {
            Err(DatabaseError::Busy { .. }) if Instant::now() < deadline => {
                sleep(MIGRATION_INTERVAL).await;
            }
            migrated => return migrated.map(drop),
        }
    }
}
