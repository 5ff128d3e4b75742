//! Opens connections: asks for credentials, tries each host, and encrypts as the mode says.

mod failure;

use std::ops::Deref;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode as DriverMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Config, NoTls, Socket};

use self::failure::error_chain;
pub(crate) use self::failure::{Failure, POOLER_TIMEOUT};
use crate::cancel::{CancelAddress, CancelRequest};
use crate::client::Client;
use crate::credentials::Credentials;
use crate::options::ConnectOptions;
use crate::ssl_mode::SslMode;
use crate::target::{Target, place_as};
use crate::tls::{Connector, Tls};

/// Opens connections as the options say, each with the credentials that are current at the time.
#[derive(Debug)]
pub(crate) struct ConnectionFactory {
    options: Arc<ConnectOptions>,
    /// The place that the credentials name, once they have named one.
    place: Arc<OnceLock<String>>,
}

impl ConnectionFactory {
    pub(crate) fn new(options: Arc<ConnectOptions>, place: Arc<OnceLock<String>>) -> Self {
        Self { options, place }
    }

    /// Opens a connection; if the server refuses the credentials, tries once more with renewed
    /// ones.
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        let Some(source) = &self.options.credentials else {
            return self.connect_as(&Credentials::new()).await;
        };
        let ask = || async { source.credentials().await.map_err(Failure::Credentials) };
        let advised =
            |failure: Failure| match source.advice().filter(|_| failure.is_refused_login()) {
                Some(advice) => Failure::Advised {
                    advice,
                    failure: failure.into(),
                },
                None => failure,
            };
        let credentials = ask().await?;
        let failure = match self.connect_as(&credentials).await {
            Err(failure) if failure.is_refused_login() && !source.is_per_connection() => failure,
            outcome => return outcome.map_err(advised),
        };
        source.refused(&credentials);
        let renewed = ask().await?;
        if renewed == credentials {
            // The server would count the same credentials as another failed login.
            return Err(advised(failure));
        }
        tracing::info!("the server refused the credentials; trying the renewed ones");
        self.connect_as(&renewed).await.map_err(advised)
    }

    async fn connect_as(&self, credentials: &Credentials) -> Result<Connection, Failure> {
        let config = &self.options.config;
        if credentials.name_a_place() {
            let place = || place_as(config, credentials);
            self.place.get_or_init(place);
        }
        let mut failure = Failure::NoHost;
        for target in Target::all(config, credentials).await {
            match self.connect_to(target).await {
                Ok(connected) => return Ok(connected),
                // Other hosts would refuse the password too, and count each attempt.
                Err(next) if next.is_wrong_password() => return Err(next),
                Err(next) if next.is_silence() && !failure.is_silence() => {}
                Err(next) => failure = next,
            }
        }
        Err(failure)
    }

    async fn connect_to(&self, target: Target) -> Result<Connection, Failure> {
        let address = CancelAddress::of(&target);
        let (client, task) = self.open_to(target).await?;
        Ok(Connection {
            client,
            task,
            address,
        })
    }

    async fn open_to(&self, mut target: Target) -> Result<Opened, Failure> {
        let mode = self.options.tls.mode();
        let connector = self.options.tls.connector();
        let Some(connector) = connector.filter(|_| target.is_on_network()) else {
            return self.connect_in_plain_text(&mut target.config).await;
        };
        target.config.ssl_mode(match mode {
            SslMode::Prefer => DriverMode::Prefer,
            _ => DriverMode::Require,
        });
        let connected = self.open(&target.config, Some(connector)).await;
        match connected {
            Err(failure) if mode == SslMode::Prefer && failure.is_about_encryption() => {
                let encrypted = error_chain(&failure);
                let plain = self.connect_in_plain_text(&mut target.config).await;
                let plain = plain.map_err(|plain| Failure::AlsoPlain {
                    encrypted: encrypted.clone(),
                    plain: plain.into(),
                })?;
                tracing::warn!(
                    cause = encrypted,
                    "the encrypted connection failed; sslmode=prefer continues in plain text"
                );
                Ok(plain)
            }
            connected => connected,
        }
    }

    async fn connect_in_plain_text(&self, config: &mut Config) -> Result<Opened, Failure> {
        config.ssl_mode(DriverMode::Disable);
        self.open(config, None).await
    }

    async fn open(
        &self,
        config: &Config,
        connector: Option<&Connector>,
    ) -> Result<Opened, Failure> {
        // The driver's own limit only covers opening the socket. A server may accept it and then
        // never answer.
        let limit = self.options.timeout;
        let (opened, encrypted) = if let Some(connector) = connector {
            let (connector, used) = connector.watched();
            let opened = timeout(limit, open(config, connector)).await;
            (opened, used.load(Ordering::Relaxed))
        } else {
            (timeout(limit, open(config, NoTls)).await, false)
        };
        let opened = opened.map_err(|_| Failure::TimedOut(limit))?;
        let mode = self.options.tls.mode();
        opened.map_err(|error| Failure::from_driver(mode, encrypted, error))
    }
}

/// An open connection, which closes when it is dropped, even in the middle of a statement.
#[derive(Debug)]
pub(crate) struct Connection {
    client: Client,
    task: JoinHandle<()>,
    address: CancelAddress,
}

type Opened = (Client, JoinHandle<()>);

impl Connection {
    /// Returns a request to cancel the statement that may still be running.
    pub(crate) fn cancel_request(&self, tls: &Tls) -> CancelRequest {
        CancelRequest {
            statement: self.client.cancel_token(),
            address: self.address.clone(),
            tls: tls.clone(),
        }
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn open<T>(config: &Config, tls: T) -> Result<Opened, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    let task = tokio::spawn(async {
        if let Err(error) = connection.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a connection to the database broke"
            );
        }
    });
    Ok((Client::new(client), task))
}
