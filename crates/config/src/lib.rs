#![doc = include_str!("../README.md")]

mod api;
#[cfg(feature = "aws")]
mod aws;
#[cfg(not(feature = "aws"))]
#[path = "without_aws.rs"]
mod aws;
mod contradictions;
mod database;
mod database_url;
mod day_source;
mod dot_env;
mod environment;
mod error;
mod files;
mod hint;
mod invalid_database;
mod load;
mod log;
mod open_database;
mod printable;
mod requester;
mod secret;
mod signals;
mod today;
mod whole_number;

pub use self::api::{ApiSettings, ApiTokens, InvalidToken};
#[cfg(feature = "aws")]
pub use self::aws::output_bucket;
pub use self::contradictions::refuse_contradictions;
pub use self::database::{Authentication, DatabaseSettings};
pub use self::day_source::{USE_BUCKET, bucket_root, day_source};
pub use self::dot_env::read_dot_env;
pub use self::environment::{
    InvalidEnvironment, InvalidVariable, UnknownVariable, known_variables, matches,
    unknown_variables,
};
pub use self::error::{Error, NoAwsSupport};
pub use self::files::{BucketSettings, FileSettings};
pub use self::hint::{hint, message_with_hint};
pub use self::invalid_database::InvalidDatabase;
pub use self::load::LoadSettings;
pub use self::log::{LogFormat, LogSettings, start_log};
pub use self::open_database::OpenDatabase;
pub use self::printable::{printable, printable_json, printable_line};
pub use self::requester::requester;
pub use self::secret::Secret;
pub use self::signals::Signals;
pub use self::today::today;
pub use self::whole_number::whole_number;
