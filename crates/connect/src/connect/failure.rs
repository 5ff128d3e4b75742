//! Why a connection could not be made.

use std::error::Error;
use std::future::{Ready, ready};
use std::io;
use std::time::Duration;

use thiserror::Error as ThisError;
use tokio::io::{Empty, empty};
use tokio_postgres::Config;
use tokio_postgres::config::SslNegotiation;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::tls::{NoTlsStream, TlsConnect};

use crate::credentials::CredentialError;
use crate::ssl_mode::SslMode;
use crate::tls::HandshakeError;

/// The driver's words when a server does not do what it must.
const NOT_OFFERED: &str = "server does not support TLS";

const GENERAL_ADVICE: &str =
    "check that the server runs there and that host, port, database, user and password are right";

/// Where the server turns away whom `pg_hba.conf` does not let in at all, before it asks who it is.
const BEFORE_PASSWORD: &str = "ClientAuthentication";

const PASSWORD_ADVICE: &str = "set CUSIP_DB_PASSWORD, name a secret by CUSIP_DB_SECRET_ARN, or use tokens by CUSIP_DB_AUTH=iam";

const SILENCE_ADVICE: &str = "check host and port, that the server runs, and that firewalls and security groups let this machine in";

/// Why a connection could not be made.
#[derive(Debug, ThisError)]
pub(crate) enum Failure {
    #[error("the server refused")]
    Refused {
        mode: SslMode,
        encrypted: bool,
        #[source]
        words: Box<DbError>,
    },
    #[error("the server does not do TLS, which sslmode={mode} needs")]
    NotOffered { mode: SslMode },
    #[error("the encrypted connection (sslmode={mode}) could not be made")]
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
    #[error("the credentials could not be had")]
    Credentials(#[source] CredentialError),
    #[error("no host is named")]
    NoHost,
    #[error(transparent)]
    Driver(tokio_postgres::Error),
}

impl Failure {
    pub(super) fn of_driver(mode: SslMode, encrypted: bool, error: tokio_postgres::Error) -> Self {
        if let Some(words) = error.as_db_error() {
            let words = Box::new(words.clone());
            return Self::Refused {
                mode,
                encrypted,
                words,
            };
        }
        let cause = error.source();
        if cause.is_some_and(|cause| cause.is::<HandshakeError>()) {
            let cause = error.into_source().and_then(|cause| cause.downcast().ok());
            let error = *cause.expect("it was looked at just before");
            return Self::Handshake { mode, error };
        }
        if cause.is_some_and(|cause| cause.to_string() == NOT_OFFERED) {
            return Self::NotOffered { mode };
        }
        Self::Driver(error)
    }

    /// Whether it may be that the server would rather have it in plain text.
    ///
    /// That is so only before the server has asked for a password or token: what it has refused once
    /// would be as wrong in plain text, and readable on the way. PAM and LDAP refuse with the same code
    /// as `pg_hba.conf` does. libpq tries all the same.
    pub(super) fn is_about_encryption(&self) -> bool {
        match self {
            Self::Handshake { .. } => true,
            Self::Refused {
                encrypted, words, ..
            } => *encrypted && is_before_password(words),
            _ => false,
        }
    }

    pub(super) fn is_wrong_password(&self) -> bool {
        self.words()
            .is_some_and(|words| words.code() == &SqlState::INVALID_PASSWORD)
    }

    /// Whether other credentials might be let in.
    pub(super) fn is_refused_login(&self) -> bool {
        let refused = |words: &DbError| {
            words.code() == &SqlState::INVALID_PASSWORD
                || words.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        };
        self.words().is_some_and(refused)
    }

    /// Whether nothing at all was heard of a server.
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::Driver(_) | Self::TimedOut(_) | Self::NoHost)
    }

    /// What to do, as an instruction.
    pub(crate) fn advice(&self) -> &str {
        match self {
            Self::Refused { .. } if self.is_wrong_password() => "check user and password",
            Self::Refused { words, .. } if words.message().contains("not permitted to log in") => {
                "as a superuser: `alter role … login`, or connect as another user"
            }
            Self::Refused { words, .. }
                if words.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
                    && !is_before_password(words) =>
            {
                "check user and password, and what the server asks about them (LDAP, PAM): its log says more"
            }
            Self::Refused {
                mode,
                encrypted,
                words,
            } if words.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                match (mode, encrypted) {
                    (SslMode::Disable, _) => {
                        "check user and database, and whether the server lets in encrypted connections only: then try sslmode=require"
                    }
                    (_, false) => {
                        "check user and database, and whether the server's pg_hba.conf lets them in from here without encryption"
                    }
                    (_, true) => {
                        "check user and database, and whether the server's pg_hba.conf lets them in from here with encryption"
                    }
                }
            }
            Self::Refused { words, .. } => advice_on(words.code()),
            Self::NotOffered { .. } => {
                "switch TLS on in the server (`ssl = on`), or allow plain text with sslmode=prefer if every network in between is trusted"
            }
            Self::Handshake {
                error: HandshakeError::Certificate(problem),
                ..
            } => problem.advice(),
            Self::Handshake { .. } => {
                "check that the server, and whatever is in between, does TLS 1.2 or 1.3"
            }
            Self::AlsoPlain { plain, .. } => plain.advice(),
            Self::Advised { advice, .. } => advice,
            Self::Credentials(_) => "check where the credentials come from",
            Self::TimedOut(_) => SILENCE_ADVICE,
            Self::Driver(error) => match io_kind(error) {
                Some(io::ErrorKind::TimedOut) => SILENCE_ADVICE,
                Some(io::ErrorKind::ConnectionRefused) => {
                    "check that the server runs and listens there, and host and port"
                }
                _ if is_without_password(error) => PASSWORD_ADVICE,
                _ => GENERAL_ADVICE,
            },
            _ => GENERAL_ADVICE,
        }
    }

    /// Makes it the cause of an error of the driver's, which the pool insists on and which has no
    /// public constructor: it passes through as the reason of a handshake that is never made.
    pub(super) async fn into_driver_error(self) -> tokio_postgres::Error {
        let mut config = Config::new();
        config
            .ssl_mode(tokio_postgres::config::SslMode::Require)
            .ssl_negotiation(SslNegotiation::Direct);
        let connected = config.connect_raw(empty(), Refusal(self)).await;
        connected.err().expect("the handshake is refused")
    }

    /// Takes what [`into_driver_error`](Self::into_driver_error) has wrapped out again.
    pub(crate) fn of_pool(error: tokio_postgres::Error) -> Self {
        if !error.source().is_some_and(|cause| cause.is::<Self>()) {
            return Self::Driver(error);
        }
        let cause = error.into_source().and_then(|cause| cause.downcast().ok());
        *cause.expect("it was looked at just before")
    }

    fn words(&self) -> Option<&DbError> {
        match self {
            Self::Refused { words, .. } => Some(words),
            Self::AlsoPlain { plain, .. } => plain.words(),
            Self::Advised { failure, .. } => failure.words(),
            _ => None,
        }
    }
}

/// A handshake that fails for a reason of ours.
struct Refusal(Failure);

impl TlsConnect<Empty> for Refusal {
    type Stream = NoTlsStream;
    type Error = Failure;
    type Future = Ready<Result<NoTlsStream, Failure>>;

    fn connect(self, _stream: Empty) -> Self::Future {
        ready(Err(self.0))
    }
}

/// What to do about a refusal that is about neither password nor encryption.
fn advice_on(code: &SqlState) -> &'static str {
    if code == &SqlState::INVALID_CATALOG_NAME {
        "check the database's name, or make it: `create database … encoding 'UTF8' template template0`"
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

/// Whether a refusal came before anybody was asked for a password. What else has the same code came
/// after. A pooler does not say where in the server it was.
fn is_before_password(words: &DbError) -> bool {
    words.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        && match words.routine() {
            Some(routine) => routine == BEFORE_PASSWORD,
            None => words.message().starts_with("no pg_hba.conf entry"),
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

/// A text with the texts of all its causes.
pub(super) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
