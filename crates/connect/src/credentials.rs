//! Where user and password come from.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

/// Why a [`CredentialSource`] has no credentials; its text says what to do.
pub type CredentialError = Box<dyn Error + Send + Sync>;

/// What a [`CredentialSource`] answers with.
pub type CredentialFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Credentials, CredentialError>> + Send + 'a>>;

/// Gives the credentials of each new connection, so that they can change under a running program.
///
/// It is asked before each connection is made. When the server refuses the credentials, it is
/// [told so](Self::refused) and asked once more, and the connection is tried again with what it then
/// says, unless that is the same.
pub trait CredentialSource: fmt::Debug + Send + Sync + 'static {
    /// Returns the credentials for a connection that is about to be made. Several may be made at
    /// once.
    fn credentials(&self) -> CredentialFuture<'_>;

    /// Hears that the server has refused these credentials: a source that remembers should forget
    /// them, if it has not learnt of newer ones since.
    fn refused(&self, credentials: &Credentials) {
        let _ = credentials;
    }

    /// What to do when the server refuses what this source gives, as an instruction.
    fn advice(&self) -> Option<String> {
        None
    }

    /// Whether credentials are made for one connection only, as a token that is signed anew each
    /// time. Then there are none that have gone stale, and a refusal is final.
    fn is_per_connection(&self) -> bool {
        false
    }
}

/// Who connects, and where to if whoever knows the one knows the other.
///
/// What is not given here is as the [`ConnectOptions`](crate::ConnectOptions) have it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) dbname: Option<String>,
}

impl Credentials {
    /// Credentials that give nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The user who connects.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The user's password, or a token in its place.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The server's host, instead of all that the options name.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The server's port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The database's name.
    #[must_use]
    pub fn dbname(mut self, dbname: impl Into<String>) -> Self {
        self.dbname = Some(dbname.into());
        self
    }

    /// Whether they say which database it is, and not only who connects.
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
