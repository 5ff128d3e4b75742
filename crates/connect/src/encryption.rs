//! How a connection is encrypted.

use crate::error::Error;
use crate::pool::{Pool, first_row};
use crate::ssl_mode::SslMode;
use crate::tls::Verification;

/// How a connection is encrypted, and what was verified about the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encryption {
    /// The requested mode.
    pub mode: SslMode,
    /// The version of TLS, e.g. `TLSv1.3`. `None` in plain text.
    pub protocol: Option<String>,
    /// What was verified.
    pub verification: Verification,
}

impl Pool {
    /// Asks the server how a connection of this pool is encrypted.
    ///
    /// Behind a pooler, the answer describes the connection between the pooler and the server.
    ///
    /// # Errors
    ///
    /// Same as [`check_server`](Self::check_server).
    pub async fn encryption(&self) -> Result<Encryption, Error> {
        let query = "select version from pg_stat_ssl where pid = pg_backend_pid() and ssl";
        let client = self.client().await?;
        let messages = (client.simple_query(query).await)
            .map_err(|error| self.statement("ask for the connection's encryption", error))?;
        let row = first_row(&messages);
        Ok(Encryption {
            mode: self.tls().mode(),
            protocol: row.and_then(|row| row.get(0)).map(str::to_owned),
            verification: row.map_or(Verification::Nothing, |_| self.tls().verification()),
        })
    }
}
