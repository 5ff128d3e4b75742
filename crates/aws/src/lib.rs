#![doc = include_str!("../README.md")]

mod configuration;
mod failure;
mod identity;
mod invalid;
mod log;
mod network;
mod options;
mod profiles;
mod provider;

pub use self::configuration::load;
pub use self::failure::{chain, is_unreached, is_without_credentials, reason};
pub use self::identity::{Identity, IdentityError, found_in, identity};
pub use self::invalid::InvalidConfiguration;
pub use self::log::may_be_logged;
pub use self::network::{Unreached, proxy_variable};
pub use self::options::AwsOptions;
