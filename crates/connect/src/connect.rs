//! Makes the pool's connections.

mod failure;

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use deadpool_postgres::Connect;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode as DriverMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

pub(crate) use self::failure::Failure;
use self::failure::told;

use crate::credentials::Credentials;
use crate::options::ConnectOptions;
use crate::ssl_mode::SslMode;
use crate::target::{Target, place_as};
use crate::tls::Connector;

type Connected = (Client, JoinHandle<()>);

/// Makes connections as the options say, each with the credentials of its time.
pub(crate) struct PooledConnect {
    options: Arc<ConnectOptions>,
    /// Where the credentials have connections go, once they have said so.
    place: Arc<OnceLock<String>>,
}

impl PooledConnect {
    pub(crate) fn new(options: Arc<ConnectOptions>, place: Arc<OnceLock<String>>) -> Self {
        Self { options, place }
    }

    async fn connect_with_credentials(&self) -> Result<Connected, Failure> {
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
            // Asking the server twice would count as two failed logins.
            return Err(advised(failure));
        }
        tracing::info!("the server refused the credentials; trying the renewed ones");
        self.connect_as(&renewed).await.map_err(advised)
    }

    async fn connect_as(&self, credentials: &Credentials) -> Result<Connected, Failure> {
        let config = &self.options.config;
        if credentials.name_a_place() {
            let place = || place_as(config, credentials);
            self.place.get_or_init(place);
        }
        let mut failure = Failure::NoHost;
        for target in Target::all(config, credentials).await {
            match self.connect_to(target).await {
                Ok(connected) => return Ok(connected),
                // It would be wrong everywhere, and counted each time.
                Err(next) if next.is_wrong_password() => return Err(next),
                Err(next) if next.is_silence() && !failure.is_silence() => {}
                Err(next) => failure = next,
            }
        }
        Err(failure)
    }

    async fn connect_to(&self, mut target: Target) -> Result<Connected, Failure> {
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
                let encrypted = told(&failure);
                let plain = self.connect_in_plain_text(&mut target.config).await;
                let plain = plain.map_err(|plain| Failure::AlsoPlain {
                    encrypted: encrypted.clone(),
                    plain: plain.into(),
                })?;
                tracing::warn!(
                    cause = encrypted,
                    "the encrypted connection failed, and sslmode=prefer goes on in plain text"
                );
                Ok(plain)
            }
            connected => connected,
        }
    }

    async fn connect_in_plain_text(&self, config: &mut Config) -> Result<Connected, Failure> {
        config.ssl_mode(DriverMode::Disable);
        self.open(config, None).await
    }

    async fn open(
        &self,
        config: &Config,
        connector: Option<&Connector>,
    ) -> Result<Connected, Failure> {
        // The driver's own limit ends with the socket's being open; a server that accepts it may
        // yet say nothing.
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
        opened.map_err(|error| Failure::of_driver(mode, encrypted, error))
    }
}

impl Connect for PooledConnect {
    fn connect(
        &self,
        _config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<Connected, tokio_postgres::Error>> + Send + '_>> {
        Box::pin(async {
            match self.connect_with_credentials().await {
                Ok(connected) => Ok(connected),
                Err(failure) => Err(failure.into_driver_error().await),
            }
        })
    }
}

async fn open<T>(config: &Config, tls: T) -> Result<Connected, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    let running = tokio::spawn(async {
        if let Err(error) = connection.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a connection to the database broke"
            );
        }
    });
    Ok((client, running))
}
