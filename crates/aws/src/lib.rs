#![doc = include_str!("../README.md")]

mod configuration;
#[cfg(feature = "database")]
mod database;
mod failure;
mod identity;
mod invalid;
mod network;
mod options;
mod profiles;
mod provider;
mod variables;

pub use self::configuration::load;
#[cfg(feature = "database")]
pub use self::database::{Error, SecretCredentials, TokenCredentials};
pub use self::failure::{chain, is_unreached};
pub use self::identity::{Identity, IdentityError, found_in, identity};
pub use self::invalid::InvalidConfiguration;
pub use self::network::{Unreached, proxy_variable};
pub use self::options::AwsOptions;
pub use self::profiles::login_profile;
