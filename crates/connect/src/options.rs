//! Where to connect, as whom, and with which encryption.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;

use crate::credentials::CredentialSource;
use crate::target::place;
use crate::tls::Tls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);

/// How to connect to a database.
///
/// Dead servers are noticed: TCP keepalives start after 30 s. Unless the configuration says otherwise,
/// connecting to an address may take 10 s, and the server must acknowledge data within 60 s.
#[derive(Clone)]
pub struct ConnectOptions {
    pub(crate) config: Config,
    pub(crate) tls: Tls,
    pub(crate) credentials: Option<Arc<dyn CredentialSource>>,
    pub(crate) timeout: Duration,
}

impl ConnectOptions {
    /// Connects as the configuration says.
    ///
    /// Its `ssl_mode` applies, but the server is not verified. Use [`tls`](Self::tls) for that.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        let timeout = config.get_connect_timeout().copied();
        let timeout = timeout.unwrap_or(CONNECT_TIMEOUT);
        config.connect_timeout(timeout);
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(TCP_USER_TIMEOUT);
        }
        config.keepalives_idle(KEEPALIVE_IDLE);
        Self {
            tls: Tls::unverified(config.get_ssl_mode().into()),
            credentials: None,
            config,
            timeout,
        }
    }

    /// Sets how connections are encrypted, instead of the configuration's `ssl_mode`.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Asks this source for the credentials of each new connection. They win over the configuration.
    #[must_use]
    pub fn credentials(mut self, source: Arc<dyn CredentialSource>) -> Self {
        self.credentials = Some(source);
        self
    }
}

impl From<Config> for ConnectOptions {
    fn from(config: Config) -> Self {
        Self::new(config)
    }
}

/// Leaves out the configuration, which may contain a password.
impl fmt::Debug for ConnectOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("ConnectOptions"))
            .field("place", &place(&self.config))
            .field("tls", &self.tls)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
