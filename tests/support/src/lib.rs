//! What the tests of several crates share: real servers, fresh databases, files.

#[cfg(feature = "aws")]
mod aws;
mod blocking;
#[cfg(feature = "database")]
mod database;
#[cfg(feature = "database")]
mod files;
#[cfg(feature = "database")]
mod network_server;

#[cfg(feature = "aws")]
pub use self::aws::{Asked, Fault, Proxy, S3Server, SecretsManager};
#[cfg(feature = "database")]
pub use self::database::TestDatabase;
#[cfg(feature = "database")]
pub use self::files::{set_last_modified, write_file, write_synthetic_day};
#[cfg(feature = "database")]
pub use self::network_server::{Authority, NetworkServer};
