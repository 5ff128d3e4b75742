#![doc = include_str!("../README.md")]

mod api;
mod contradiction;
mod database;
mod environment;
mod file;
mod load;
mod log;
mod secret;

pub use self::api::{ApiSettings, MissingToken};
pub use self::contradiction::refuse_contradictions;
pub use self::database::{Authentication, DatabaseSettings, InvalidDatabase};
pub use self::environment::{
    InvalidEnvironment, InvalidVariable, UnknownVariable, known_variables, matches, read_dot_env,
    unknown_variables,
};
pub use self::file::{BucketSettings, FileSettings};
pub use self::load::LoadSettings;
pub use self::log::{LogFormat, LogSettings};
pub use self::secret::Secret;
