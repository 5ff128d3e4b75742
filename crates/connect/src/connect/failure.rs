//! Why a connection could not be opened.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use thiserror::Error as ThisError;
use tokio_postgres::error::{DbError, SqlState};

use crate::credentials::CredentialError;
use crate::error::Error;
use crate::setting::Setting;
use crate::ssl_mode::SslMode;
use crate::tls::HandshakeError;

/// The driver's message when a server has no TLS.
const NOT_OFFERED: &str = "server does not support TLS";

/// The routine of the server that applies `pg_hba.conf`, before it asks for a password.
const BEFORE_PASSWORD: &str = "ClientAuthentication";

/// The server routine that looks up the role after the password has been checked.
const FINDS_ROLE: &str = "InitializeSessionUserId";

/// PgBouncer's message when no connection to the server became free.
pub(crate) const POOLER_TIMEOUT: &str = "query_wait_timeout";

const ROLE_ADVICE: &str =
    "check the user's name, or create the role: `create role … login` as a superuser";

const GENERAL_ADVICE: &str = "check that the server is running there and that host, port, database, user and password are right";

const PASSWORD_ADVICE: &str = "set a password, or use a secret or tokens";

const SILENCE_ADVICE: &str = "check host and port, that the server is running, and that firewalls and security groups let this machine in";

/// Why a connection could not be opened.
#[derive(Debug, ThisError)]
pub(crate) enum Failure {
    #[error("the server refused")]
    Refused {
        mode: SslMode,
        encrypted: bool,
        #[source]
        message: Box<DbError>,
    },
    #[error("the server does not support TLS, but sslmode={mode} requires it")]
    NotOffered { mode: SslMode },
    #[error("the encrypted connection (sslmode={mode}) could not be opened")]
    Handshake {
        mode: SslMode,
        #[source]
        error: HandshakeError,
    },
    #[error("tried in plain text after the encrypted connection failed ({encrypted})")]
    AlsoPlain {
        encrypted: String,
        #[source]
        plain: Box<Failure>,
    },
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("the server refused the credentials")]
    Advised {
        advice: String,
        #[source]
        failure: Box<Failure>,
    },
    #[error("there are no credentials")]
    Credentials(#[source] CredentialError),
    #[error("no host is given")]
    NoHost,
    #[error(transparent)]
    Driver(tokio_postgres::Error),
}

impl Failure {
    /// Builds the crate's error, with advice.
    pub(crate) fn into_error(self, place: String) -> Error {
        Error::Unreachable {
            place,
            advice: self.advice().to_owned(),
            setting: self.setting(),
            source: self.into(),
        }
    }

    pub(super) fn from_driver(
        mode: SslMode,
        encrypted: bool,
        error: tokio_postgres::Error,
    ) -> Self {
        if let Some(message) = error.as_db_error() {
            let message = Box::new(message.clone());
            return Self::Refused {
                mode,
                encrypted,
                message,
            };
        }
        let cause = error.source();
        if cause.is_some_and(|cause| cause.is::<HandshakeError>()) {
            let cause = error.into_source().and_then(|cause| cause.downcast().ok());
            let error = *cause.expect("the type was checked just before");
            return Self::Handshake { mode, error };
        }
        if cause.is_some_and(|cause| cause.to_string() == NOT_OFFERED) {
            return Self::NotOffered { mode };
        }
        Self::Driver(error)
    }

    /// Returns whether the server may accept this client in plain text.
    ///
    /// That is only possible before the server has asked for a password or token. A refused
    /// password would be just as wrong in plain text, and readable in transit. PAM and LDAP refuse
    /// with the same code as `pg_hba.conf`. (libpq tries again anyway.)
    pub(super) fn is_about_encryption(&self) -> bool {
        match self {
            Self::Handshake { .. } => true,
            Self::Refused {
                encrypted, message, ..
            } => *encrypted && is_before_password(message),
            _ => false,
        }
    }

    pub(super) fn is_wrong_password(&self) -> bool {
        self.server_message()
            .is_some_and(|message| message.code() == &SqlState::INVALID_PASSWORD)
    }

    /// Returns whether the server may accept other credentials.
    pub(super) fn is_refused_login(&self) -> bool {
        let refused = |message: &DbError| {
            message.code() == &SqlState::INVALID_PASSWORD
                || message.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        };
        self.server_message().is_some_and(refused)
    }

    /// Returns whether no server has answered at all.
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::Driver(_) | Self::TimedOut(_) | Self::NoHost)
    }

    /// Returns what to do, as an instruction.
    fn advice(&self) -> &str {
        match self {
            Self::Refused {
                mode,
                encrypted,
                message,
            } => advice_on_refusal(message, *mode, *encrypted),
            Self::NotOffered { .. } => {
                "turn TLS on in the server (`ssl = on`), or allow plain text with sslmode=prefer if you trust every network on the way"
            }
            Self::Handshake {
                error: HandshakeError::Certificate(problem),
                ..
            } => problem.advice(),
            Self::Handshake { .. } => {
                "check that the server, and any proxy in between, supports TLS 1.2 or 1.3"
            }
            Self::AlsoPlain { plain, .. } => plain.advice(),
            Self::Advised { advice, .. } => advice,
            Self::Credentials(_) => "check where the credentials come from",
            Self::TimedOut(_) => SILENCE_ADVICE,
            Self::Driver(error) => match io_kind(error) {
                Some(io::ErrorKind::TimedOut) => SILENCE_ADVICE,
                Some(io::ErrorKind::ConnectionRefused) => {
                    "check host and port, and that the server is running and listening there"
                }
                _ if is_without_password(error) => PASSWORD_ADVICE,
                _ => GENERAL_ADVICE,
            },
            Self::NoHost => GENERAL_ADVICE,
        }
    }

    /// Returns the setting that the advice is about.
    fn setting(&self) -> Option<Setting> {
        match self {
            Self::Handshake {
                error: HandshakeError::Certificate(problem),
                ..
            } => problem.setting(),
            Self::AlsoPlain { plain, .. } => plain.setting(),
            Self::Driver(error) if is_without_password(error) => Some(Setting::Credentials),
            _ => None,
        }
    }

    fn server_message(&self) -> Option<&DbError> {
        match self {
            Self::Refused { message, .. } => Some(message),
            Self::AlsoPlain { plain, .. } => plain.server_message(),
            Self::Advised { failure, .. } => failure.server_message(),
            _ => None,
        }
    }
}

/// Returns an error's message, followed by the message of each cause.
pub(super) fn error_chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Returns advice for a connection that the server rejected.
fn advice_on_refusal(message: &DbError, mode: SslMode, encrypted: bool) -> &'static str {
    let code = message.code();
    if code == &SqlState::INVALID_PASSWORD {
        "check user and password"
    } else if message.message().contains("not permitted to log in") {
        "as a superuser: `alter role … login`, or connect as another user"
    } else if is_unknown_role(message) {
        ROLE_ADVICE
    } else if code == &SqlState::PROTOCOL_VIOLATION {
        advice_on_pooler(message.message())
    } else if code == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        match (is_before_password(message), mode, encrypted) {
            (false, ..) => {
                "check user and password, and what checks them for the server (LDAP, PAM); its log says more"
            }
            (true, SslMode::Disable, _) => {
                "check user and database, and whether the server only accepts encrypted connections: then try sslmode=require"
            }
            (true, _, false) => {
                "check user and database, and whether the server's pg_hba.conf accepts them from here without encryption"
            }
            (true, _, true) => {
                "check user and database, and whether the server's pg_hba.conf accepts them from here with encryption"
            }
        }
    } else if code == &SqlState::INVALID_CATALOG_NAME {
        "check the database's name, or create it: `create database … encoding 'UTF8' template template0`"
    } else if code == &SqlState::INSUFFICIENT_PRIVILEGE {
        "have `connect` on the database granted to the user"
    } else if code == &SqlState::TOO_MANY_CONNECTIONS {
        "end other connections, or raise the limit of the server (`max_connections`), the database or the user (`connection limit`)"
    } else if code == &SqlState::CANNOT_CONNECT_NOW {
        "wait until the server has started"
    } else {
        GENERAL_ADVICE
    }
}

/// Returns advice for a connection that a pooler rejected, by PgBouncer's messages.
fn advice_on_pooler(message: &str) -> &'static str {
    if message.starts_with("unsupported startup parameter") {
        "the server is a connection pooler that refuses this parameter: leave it out of the database URL (and set it with `alter role … set`), or add it to the pooler's `ignore_startup_parameters`"
    } else if message.contains("no such user") {
        ROLE_ADVICE
    } else if message.contains("no such database") {
        "the server is a connection pooler that does not know the database: check the database's name, or add it to the pooler's configuration"
    } else if message.contains("no more connections allowed") || message == POOLER_TIMEOUT {
        "the server is a connection pooler without a free connection: raise its `max_client_conn` and pool size, or end other connections"
    } else {
        GENERAL_ADVICE
    }
}

/// Returns whether the role does not exist. Only servers that need no password say so.
fn is_unknown_role(message: &DbError) -> bool {
    // This routine also refuses roles that may not log in. Its messages can be in any language.
    message.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        && (message.message().ends_with("does not exist") || message.routine() == Some(FINDS_ROLE))
}

/// Returns whether the server refused before it asked for a password. Later refusals can have the same
/// code. A pooler does not report the server's routine.
fn is_before_password(message: &DbError) -> bool {
    message.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        && match message.routine() {
            Some(routine) => routine == BEFORE_PASSWORD,
            None => message.message().starts_with("no pg_hba.conf entry"),
        }
}

fn is_without_password(error: &tokio_postgres::Error) -> bool {
    let cause = error.source().map(ToString::to_string);
    cause.is_some_and(|cause| cause.contains("password missing"))
}

fn io_kind(error: &tokio_postgres::Error) -> Option<io::ErrorKind> {
    let cause = error.source()?.downcast_ref::<io::Error>()?;
    Some(cause.kind())
}
