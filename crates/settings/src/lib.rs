#![doc = include_str!("../README.md")]

mod database;
mod file;
mod load;
mod log;
mod secret;

pub use self::database::{DatabaseSettings, InvalidDatabase};
pub use self::file::FileSettings;
pub use self::load::LoadSettings;
pub use self::log::{LogFormat, LogSettings};
pub use self::secret::Secret;
