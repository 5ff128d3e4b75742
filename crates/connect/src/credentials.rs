//! Where the user and the password come from.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

/// Why a [`CredentialSource`] has no credentials. The text says what to do.
pub type CredentialError = Box<dyn Error + Send + Sync>;

/// The answer of a [`CredentialSource`].
pub type CredentialFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Credentials, CredentialError>> + Send + 'a>>;

/// Provides the credentials for each new connection, so that they can change while a program runs.
///
/// It is asked before each connection. If the server refuses the credentials, the pool reports that
/// to [`refused`](Self::refused) and asks again. If the source now has other credentials, they are
/// tried too.
pub trait CredentialSource: fmt::Debug + Send + Sync + 'static {
    /// Returns the credentials for a new connection. Several connections may be opened at once.
    fn credentials(&self) -> CredentialFuture<'_>;

    /// Called when the server has refused these credentials. A source with a cache should drop them
    /// from it, unless it holds newer ones by now.
    fn refused(&self, credentials: &Credentials) {
        let _ = credentials;
    }

    /// Returns what to do if the server refuses these credentials, as an instruction.
    fn advice(&self) -> Option<String> {
        None
    }

    /// Returns whether credentials are made for one connection, like a token that is signed each time.
    ///
    /// They cannot be stale, so a refusal is final.
    fn is_per_connection(&self) -> bool {
        false
    }
}

/// Who connects, and optionally to which server and database.
///
/// The [`ConnectOptions`](crate::ConnectOptions) apply to everything that is not set here.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) dbname: Option<String>,
}

impl Credentials {
    /// Makes credentials in which nothing is set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the user who connects.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the user's password, or a token in its place.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets the server's host, which replaces all hosts of the options.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Sets the server's port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets the database's name.
    #[must_use]
    pub fn dbname(mut self, dbname: impl Into<String>) -> Self {
        self.dbname = Some(dbname.into());
        self
    }

    /// Returns whether they affect the database's [place](crate::Pool::place).
    pub(crate) fn name_a_place(&self) -> bool {
        let user = self.user.is_some();
        user || self.host.is_some() || self.port.is_some() || self.dbname.is_some()
    }
}

/// Hides the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("Credentials"))
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "[secret]"))
            .field("host", &self.host)
            .field("port", &self.port)
            .field("dbname", &self.dbname)
            .finish()
    }
}
