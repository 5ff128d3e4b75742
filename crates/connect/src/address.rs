//! Resolves the names of a database's hosts.

use std::io;
use std::net::IpAddr;

use tokio::net::lookup_host;
use tokio_postgres::config::Host;

use crate::credentials::{CredentialError, Credentials};
use crate::options::ConnectOptions;
use crate::target::hosts;

/// A host of a database and its addresses.
#[derive(Debug)]
#[non_exhaustive]
pub struct HostAddresses {
    /// The host's name with its port, or the folder of its socket.
    pub host: String,
    /// Its addresses, or why they are unknown. `None` for a socket on this machine.
    pub addresses: Option<io::Result<Vec<IpAddr>>>,
}

impl HostAddresses {
    /// Returns whether the host is this machine, judging by its addresses.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.addresses {
            None => true,
            Some(Ok(addresses)) => addresses.iter().all(IpAddr::is_loopback),
            Some(Err(_)) => false,
        }
    }
}

impl ConnectOptions {
    /// Asks the credential source for credentials, if there is one, as each connection does.
    ///
    /// # Errors
    ///
    /// The source's own error, which says what to do.
    pub async fn check_credentials(&self) -> Result<(), CredentialError> {
        self.current_credentials().await.map(drop)
    }

    /// Resolves the names of the database's hosts, except those whose address is given.
    ///
    /// # Errors
    ///
    /// Same as [`check_credentials`](Self::check_credentials), because credentials may name the
    /// host.
    pub async fn resolve(&self) -> Result<Vec<HostAddresses>, CredentialError> {
        let credentials = self.current_credentials().await?;
        let mut found = Vec::new();
        for (host, address, port) in hosts(&self.config, &credentials) {
            found.push(match (host, address) {
                (Host::Tcp(name), Some(address)) => HostAddresses {
                    host: format!("{name}:{port}"),
                    addresses: Some(Ok(vec![address])),
                },
                (Host::Tcp(name), None) => {
                    let addresses = lookup_host((name.as_str(), port)).await;
                    HostAddresses {
                        host: format!("{name}:{port}"),
                        addresses: Some(
                            addresses.map(|found| found.map(|found| found.ip()).collect()),
                        ),
                    }
                }
                #[cfg(unix)]
                (Host::Unix(folder), _) => HostAddresses {
                    host: folder.display().to_string(),
                    addresses: None,
                },
            });
        }
        Ok(found)
    }

    async fn current_credentials(&self) -> Result<Credentials, CredentialError> {
        match &self.credentials {
            Some(source) => source.credentials().await,
            None => Ok(Credentials::new()),
        }
    }
}
