//! A private PostgreSQL server from the binaries installed on this machine.
//!
//! [`Server::start`] finds PostgreSQL, creates the data folder if it does not exist, and returns when
//! the database accepts connections. The server listens on a Unix socket in a folder that only its
//! owner (and root) can enter. It listens on the network only with [`ServerOptions::loopback_port`].
//! Processes that start a server on the same data folder share it. It ends with the last of them,
//! however that process ends: `Drop`, panic, `exit`, Ctrl-C or `kill -9`. PostgreSQL refuses to run as root, so for root the server runs as `postgres` or `nobody`.
//!
//! ```
//! use cusip_embedded::{Server, ServerOptions};
//!
//! let server = Server::start(ServerOptions::temporary())?;
//! // host=/tmp/cusip-xY3kQz port=5432 user=cusip_app dbname=cusip
//! assert!(server.connection_string().ends_with("user='cusip_app' dbname='cusip'"));
//! server.stop()?;
//! # Ok::<(), cusip_embedded::Error>(())
//! ```
//!
//! To keep the data, use [`ServerOptions::persistent`]; [`default_data_folder`] is where the
//! applications keep it. All methods block. In async code, call them before the runtime starts or on
//! a blocking thread.
//!
//! # Why not another crate
//! `pgtemp` panics instead of returning errors, and cannot reuse data. `postgresql_embedded` bundles
//! or downloads its own binaries. Both stop the server in `Drop`, so it keeps running if its owner is
//! killed.

mod account;
mod error;
mod folder;
mod installation;
mod log;
mod options;
mod server;
mod session;
mod settings;
mod status;
mod supervisor;
mod users;

pub use error::Error;
pub use options::{ServerOptions, default_data_folder};
pub use server::Server;
