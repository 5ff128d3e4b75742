#![doc = include_str!("../README.md")]

mod content;
mod error;
mod secret;
mod token;

pub use self::error::Error;
pub use self::secret::SecretCredentials;
pub use self::token::TokenCredentials;
