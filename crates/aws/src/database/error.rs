//! Why there are no credentials.

use thiserror::Error;

/// Why there are no credentials for a connection. No text shows a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Secrets Manager did not hand the secret over.
    #[error("cannot read the secret {secret:?}: {reason}; {advice}")]
    Unreadable {
        /// The secret's ARN or name.
        secret: String,
        /// What AWS or the network said.
        reason: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// The secret is not what database credentials look like.
    #[error(
        "the secret {secret:?} {problem}; it should be a JSON object with `username` and `password`, and perhaps `host`, `port` and `dbname`"
    )]
    Malformed {
        /// The secret's ARN or name.
        secret: String,
        /// What is wrong with it.
        problem: String,
    },
    /// What the environment or a profile says of AWS cannot be meant.
    #[error(transparent)]
    Configuration(#[from] crate::invalid::InvalidConfiguration),
    /// No region is known to look for the secret in.
    #[error(
        "no region is known for the secret {secret:?}; give its ARN, or set CUSIP_DB_SECRET_REGION or AWS_REGION"
    )]
    NoRegion {
        /// The secret's name.
        secret: String,
    },
    /// No credentials of AWS to sign a token with.
    #[error(
        "cannot sign a token for the database user {user:?} at {host}: {reason}; log in (`aws sso login`), set AWS_PROFILE, or give the ECS task a task role that allows rds-db:connect"
    )]
    Unsigned {
        /// The user who connects.
        user: String,
        /// The server.
        host: String,
        /// What was missing.
        reason: String,
    },
}
