#![doc = include_str!("../README.md")]

mod address;
mod cancel;
mod client;
mod connect;
mod credentials;
mod encryption;
mod error;
mod name_problem;
mod options;
mod parameter;
mod pgpool;
mod pool;
mod server;
mod server_message;
mod setting;
mod ssl_mode;
mod target;
mod tls;
mod transaction;

pub use self::address::HostAddresses;
pub use self::client::Client;
pub use self::credentials::{CredentialError, CredentialFuture, CredentialSource, Credentials};
pub use self::encryption::Encryption;
pub use self::error::Error;
pub use self::name_problem::{NameProblem, check_host, check_name};
pub use self::options::ConnectOptions;
pub use self::parameter::{Parameter, SqlType};
pub use self::pool::{Pool, PoolLimits, PoolState, PooledClient};
pub use self::server::{DiskUsage, ServerState};
pub use self::setting::Setting;
pub use self::ssl_mode::{SslMode, UnknownSslMode};
pub use self::tls::{RootCertificates, Tls, Verification};
pub use self::transaction::{ServerId, Transaction};
