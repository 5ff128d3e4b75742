//! Why there are no database credentials.

use thiserror::Error;

/// Why there are no credentials for a connection. No message shows a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The secret could not be read.
    #[error("cannot read the secret {secret:?}: {reason}; {advice}")]
    Unreadable {
        /// The secret's ARN or name.
        secret: String,
        /// What AWS or the network answered.
        reason: String,
        /// What to do.
        advice: String,
    },
    /// The secret does not contain database credentials.
    #[error(
        "the secret {secret:?} {problem}; it must be a JSON object with `username` and `password`, and optionally `host`, `port` and `dbname`"
    )]
    Malformed {
        /// The secret's ARN or name.
        secret: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The AWS settings of the environment or a profile are invalid.
    #[error(transparent)]
    Configuration(#[from] crate::invalid::InvalidConfiguration),
    /// The region of the secret is unknown.
    #[error(
        "the region of the secret {secret:?} is unknown; name the secret by its ARN, or set its region or AWS_REGION"
    )]
    NoRegion {
        /// The secret's name.
        secret: String,
    },
    /// A token could not be signed.
    #[error(
        "cannot sign a token for the database user {user:?} at {host}: {reason}; log in ({login}), set AWS_PROFILE, or give the ECS task a task role that allows rds-db:connect"
    )]
    Unsigned {
        /// The user who connects.
        user: String,
        /// The server.
        host: String,
        /// Why not.
        reason: String,
        /// The command that renews an SSO session.
        login: String,
    },
}
