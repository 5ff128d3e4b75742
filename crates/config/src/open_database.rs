//! Opens the database that the settings name, with the embedded server that it may need.

use std::env;

use cusip_embedded::{Server, ServerOptions, default_data_folder};
use cusip_postgres::{Database, MigrationMode};
use tokio_postgres::Config;

use crate::database::DatabaseSettings;
use crate::error::Error;

/// The variable that names the folder of PostgreSQL's programs.
pub(crate) const BINARIES: &str = "CUSIP_POSTGRES_BIN";

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
            opened.database.migrate(MigrationMode::Commit).await?;
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
        tracing::info!(folder = %folder.display(), "starting an embedded PostgreSQL server");
        let place = format!("cusip in {}", folder.display());
        let mut options = ServerOptions::persistent(folder);
        if let Some(binaries) = env::var_os(BINARIES).filter(|folder| !folder.is_empty()) {
            options = options.binaries(binaries);
        }
        let server = Server::start(options)?;
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

    /// Stops the embedded server, if there is one.
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
