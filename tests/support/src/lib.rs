//! Helpers that the tests of several crates share: real servers, new databases, files, processes.

#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "database")]
mod binaries;
mod blocking;
#[cfg(feature = "database")]
mod database;
mod document;
#[cfg(feature = "database")]
mod earlier_service;
#[cfg(feature = "end_to_end")]
mod end_to_end;
#[cfg(feature = "database")]
mod files;
#[cfg(feature = "database")]
mod network_server;
mod process;
#[cfg(feature = "database")]
mod refusing_port;
#[cfg(feature = "database")]
mod server;

pub use rustix::process::Signal;

#[cfg(feature = "aws")]
pub use self::aws::{Fault, Proxy, ReceivedRequest, S3Server, SecretsManager};
#[cfg(feature = "database")]
pub use self::database::TestDatabase;
pub use self::document::{assert_generated_part, assert_snapshot};
#[cfg(feature = "database")]
pub use self::earlier_service::{load_as_earlier_service, make_earlier_service};
#[cfg(feature = "end_to_end")]
pub use self::end_to_end::*;
#[cfg(feature = "database")]
pub use self::files::{set_last_modified, write_file, write_synthetic_day};
#[cfg(feature = "database")]
pub use self::network_server::{Authority, NetworkServer};
pub use self::process::{eventually, make_pipe, signal, signal_group};
#[cfg(feature = "database")]
pub use self::refusing_port::RefusingPort;
#[cfg(feature = "database")]
pub use self::server::TestServer;
