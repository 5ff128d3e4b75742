//! Why the database settings are invalid.

use cusip_connect::{NameProblem, SslMode, UnknownSslMode};
use thiserror::Error;

/// Why the database settings are invalid. No text shows the URL, which may hold a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidDatabase {
    /// The URL cannot be parsed.
    #[error("--database-url is not a URL like postgresql://user@host:port/dbname")]
    Url {
        /// What is wrong with it, if that is known.
        source: Option<tokio_postgres::Error>,
    },
    /// The password or the user contains an `@` that is not escaped.
    #[error("--database-url has more than one @; write @ in a password or a user's name as %40")]
    SecondAt,
    /// The URL contains a blank or a line break.
    #[error(
        "--database-url contains a blank or a line break; remove it, or write it as %20 or %0A"
    )]
    BlankInUrl,
    /// The URL has a parameter that CusipService does not know.
    #[error("--database-url has the unknown parameter {name:?}; leave it out")]
    UnknownParameter {
        /// The parameter.
        name: String,
    },
    /// The URL's `sslmode` does not exist.
    #[error("in --database-url, {0}")]
    SslMode(UnknownSslMode),
    /// The name of the host, the database or the user is invalid.
    #[error("{setting} {problem}{}", more(*.problem))]
    Name {
        /// The flag and variable.
        setting: &'static str,
        /// What is wrong with it.
        problem: NameProblem,
    },
    /// The password ends with a line break, as files do.
    #[error("CUSIP_DB_PASSWORD (or --password) ends with a line break; remove it")]
    PasswordWithLineBreak,
    /// Both a secret and tokens are set.
    #[error(
        "CUSIP_DB_AUTH=iam connects with tokens, not with a secret; unset CUSIP_DB_SECRET_ARN or CUSIP_DB_AUTH"
    )]
    SecretAndToken,
    /// A token would be sent in plain text.
    #[error(
        "CUSIP_DB_AUTH=iam needs an encrypted connection, but sslmode is {mode}; use require, or better verify-full with the RDS certificates"
    )]
    TokenInPlainText {
        /// The mode.
        mode: SslMode,
    },
    /// The settings of the secret or of the tokens are invalid.
    #[error(transparent)]
    Credentials(Box<dyn std::error::Error + Send + Sync>),
    /// The server cannot be verified as the settings require.
    #[error(transparent)]
    Encryption(#[from] cusip_connect::Error),
}

/// Returns the flag for what else the value contains, such as a port.
fn more(problem: NameProblem) -> &'static str {
    match problem {
        NameProblem::ConnectionString => ", or pass a URL as --database-url",
        NameProblem::Port => ", --port (CUSIP_DB_PORT)",
        NameProblem::Several => ", or list them all in --database-url",
        _ => "",
    }
}
