#![doc = include_str!("../README.md")]

mod configuration;
mod failure;
mod identity;
mod options;

pub use self::configuration::load;
pub use self::failure::{is_without_credentials, reason};
pub use self::identity::{Identity, IdentityError, identity};
pub use self::options::AwsOptions;
