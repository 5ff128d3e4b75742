//! A private PostgreSQL server from the binaries installed on the machine.
//!
//! [`Server::start`] finds PostgreSQL, makes a data folder where there is none, and answers when
//! the database accepts connections. The server listens on a Unix socket in a folder that only its
//! owner (and root) can enter, on the network only if [asked](ServerOptions::loopback_port), and it
//! ends with the process that started it, in whatever way that process ends: `Drop`, panic, `exit`,
//! Ctrl-C or `kill -9`. For root, whom PostgreSQL does not serve, it runs as `postgres` or
//! `nobody`.
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
//! Data outlives the server with [`ServerOptions::kept`]; [`default_data_folder`] is where the
//! applications keep it. The calls block: in asynchronous code, make them before the runtime
//! starts or on a blocking thread.
//!
//! # Why not another crate
//! `pgtemp` panics where we return errors, and cannot start again on the data of an earlier run.
//! `postgresql_embedded` brings binaries of its own, bundled or downloaded. Both stop the server in
//! `Drop`, so an owner that is killed leaves it running.

mod account;
mod configuration;
mod error;
mod folder;
mod installation;
mod keeper;
mod log;
mod options;
mod server;
mod session;

pub use error::Error;
pub use options::{ServerOptions, default_data_folder};
pub use server::Server;
