//! What a server reports about itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Error;
use crate::pool::Pool;

/// Time and space limits that can abort a long statement, with the value that turns each off.
const LIMITS: &str = "('statement_timeout', '0'), ('transaction_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'), ('temp_file_limit', '-1')";

/// The settings that are such a limit for this session. A load is never idle for 10 s.
const IS_LIMIT: &str = "set.setting <> off
    and not (set.name = 'idle_in_transaction_session_timeout' and set.setting::bigint >= 10000)";

/// What a server reports about itself and about a session with it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServerState {
    /// The server's version, e.g. `17.2 (Debian 17.2-1.pgdg120+1)`.
    pub version: String,
    /// The database's name.
    pub database: String,
    /// The role that statements run as.
    pub user: String,
    /// Whether that role is a superuser.
    pub is_superuser: bool,
    /// The database's encoding, e.g. `UTF8`.
    pub encoding: String,
    /// Whether the server is a replica, which is read-only.
    pub is_replica: bool,
    /// Whether transactions are read-only unless they say otherwise (`default_transaction_read_only`).
    pub is_read_only: bool,
    /// The limits for sessions of this role: the setting's name and value.
    pub limits: Vec<(String, String)>,
    /// How many seconds the server's clock is ahead of this machine's. Negative if it is behind.
    pub clock_ahead_seconds: f64,
}

/// How much disk space a database uses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiskUsage {
    /// The size of the whole database in bytes.
    pub database_bytes: u64,
    /// The data folder on the server's machine, if the role may see it.
    pub data_folder: Option<String>,
}

impl Pool {
    /// Asks for the server's version, the session's role, and settings that can stop writes.
    ///
    /// # Errors
    ///
    /// Same as [`check_server`](Self::check_server), and [`Error::Statement`] if the query fails.
    pub async fn server_state(&self) -> Result<ServerState, Error> {
        let client = self.client().await?;
        let query = format!(
            "select current_setting('server_version') as version, current_database()::text as database,
                current_user::text as \"user\", current_setting('server_encoding') as encoding,
                coalesce((select rolsuper from pg_roles where rolname = current_user), false) as is_superuser,
                pg_is_in_recovery() as is_replica,
                current_setting('default_transaction_read_only')::boolean as is_read_only,
                array(select set.name from (values {LIMITS}) as known (name, off)
                    join pg_settings as set using (name) where {IS_LIMIT} order by name) as limits,
                array(select current_setting(set.name) from (values {LIMITS}) as known (name, off)
                    join pg_settings as set using (name) where {IS_LIMIT} order by name) as limit_values,
                extract(epoch from clock_timestamp())::float8 as clock"
        );
        let asked = SystemTime::now();
        let row = client.query_one(&query, &[]).await;
        let took = asked.elapsed().unwrap_or_default();
        let state = row.and_then(|row| {
            let clock: f64 = row.try_get("clock")?;
            let names: Vec<String> = row.try_get("limits")?;
            let values: Vec<String> = row.try_get("limit_values")?;
            Ok(ServerState {
                version: row.try_get("version")?,
                database: row.try_get("database")?,
                user: row.try_get("user")?,
                is_superuser: row.try_get("is_superuser")?,
                encoding: row.try_get("encoding")?,
                is_replica: row.try_get("is_replica")?,
                is_read_only: row.try_get("is_read_only")?,
                limits: names.into_iter().zip(values).collect(),
                clock_ahead_seconds: clock - seconds_since_unix_epoch(asked + took / 2),
            })
        });
        state.map_err(|error| self.statement("ask for the server's state", error))
    }

    /// Asks how much disk space the database uses, and where.
    ///
    /// # Errors
    ///
    /// Same as [`check_server`](Self::check_server), and [`Error::Statement`] if the query fails.
    pub async fn disk_usage(&self) -> Result<DiskUsage, Error> {
        let client = self.client().await?;
        // The view leaves out settings that the role may not see.
        let query = "select pg_database_size(current_database()) as bytes,
            (select setting from pg_settings where name = 'data_directory') as data_folder";
        let usage = (client.query_one(query, &[]).await).and_then(|row| {
            Ok(DiskUsage {
                database_bytes: row.try_get::<_, i64>("bytes")?.cast_unsigned(),
                data_folder: row.try_get("data_folder")?,
            })
        });
        usage.map_err(|error| self.statement("ask for the database's size", error))
    }
}

fn seconds_since_unix_epoch(time: SystemTime) -> f64 {
    let since = |since: Duration| since.as_secs_f64();
    time.duration_since(UNIX_EPOCH)
        .map_or_else(|before| -since(before.duration()), since)
}
