#![doc = include_str!("../README.md")]

mod database;
mod error;
mod log;
mod place;
mod signals;

pub use self::database::OpenDatabase;
pub use self::error::Error;
pub use self::log::start_log;
pub use self::place::{USE_BUCKET, bucket, day_source};
pub use self::signals::Signals;
