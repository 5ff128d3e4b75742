//! Database credentials from AWS: secrets of Secrets Manager and tokens of RDS.

mod error;
mod secret;
mod secret_content;
mod token;

pub use self::error::Error;
pub use self::secret::SecretCredentials;
pub use self::token::TokenCredentials;
