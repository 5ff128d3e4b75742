//! Database credentials from AWS: Secrets Manager secrets and RDS tokens.

mod error;
mod secret;
mod secret_content;
mod token;

pub use self::error::Error;
pub use self::secret::SecretCredentials;
pub use self::token::TokenCredentials;
