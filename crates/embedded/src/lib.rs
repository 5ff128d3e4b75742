#![doc = include_str!("../README.md")]

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
