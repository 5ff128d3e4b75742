//! Where the database is and who connects.

use std::path::PathBuf;

use clap::Args;
use thiserror::Error;
use tokio_postgres::Config;

use crate::secret::Secret;

/// Where the database is and who connects: a server, a URL, or a private server of our own.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
#[non_exhaustive]
pub struct DatabaseSettings {
    /// Server's host name, or the folder of its socket
    #[arg(long, env = "CUSIP_DB_HOST", default_value = "localhost")]
    pub host: String,

    /// Server's port
    #[arg(long, env = "CUSIP_DB_PORT", default_value_t = 5432)]
    pub port: u16,

    /// Database's name
    #[arg(long, env = "CUSIP_DB_NAME", default_value = "cusip")]
    pub dbname: String,

    /// User who connects
    #[arg(long, env = "CUSIP_DB_USER", default_value = "cusip_app")]
    pub user: String,

    /// User's password; better given by the environment, where other users cannot see it
    #[arg(long, env = "CUSIP_DB_PASSWORD", hide_env_values = true)]
    pub password: Option<Secret>,

    /// All of the above in one, as postgresql://user@host:port/dbname
    #[arg(long, value_name = "URL")]
    pub database_url: Option<Secret>,

    /// Use a private PostgreSQL server with its data in DIR instead: it is started, migrated and
    /// stopped by this command. Without DIR: in the user's data folder, for root in /var/lib/cusip
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with = "database_url")]
    pub embedded: Option<Option<PathBuf>>,
}

/// A database URL that cannot be understood. It is not shown, since it may hold a password.
#[derive(Debug, Error)]
#[error("--database-url is no URL like postgresql://user@host:port/dbname")]
pub struct InvalidDatabase {
    source: Option<tokio_postgres::Error>,
}

impl DatabaseSettings {
    /// Returns how to connect. A private server is not looked at.
    ///
    /// # Errors
    ///
    /// [`InvalidDatabase`] if the URL is none.
    pub fn config(&self) -> Result<Config, InvalidDatabase> {
        if let Some(url) = &self.database_url {
            let parsed: Result<Config, _> = url.expose().parse();
            let config = parsed.map_err(|error| InvalidDatabase {
                source: Some(error),
            })?;
            if config.get_hosts().is_empty() {
                return Err(InvalidDatabase { source: None });
            }
            return Ok(config);
        }
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .dbname(&self.dbname)
            .user(&self.user);
        if let Some(password) = &self.password {
            config.password(password.expose());
        }
        Ok(config)
    }
}
