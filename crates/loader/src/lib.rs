#![doc = include_str!("../README.md")]

mod age;
mod check;
mod completion;
mod day;
mod diff;
mod error;
mod format;
mod input;
mod judge;
mod line_reader;
mod load;
mod options;
mod parse;
mod plain_file;
mod progress;
mod reject_file;
mod request;
mod same_content;
mod stop;
mod summary;
mod warnings;

pub use self::age::refuse_future;
pub use self::check::{CheckReport, Problem, check, check_into, judge_checked};
pub use self::day::DayFiles;
pub use self::error::Error;
pub use self::format::ForeignFormat;
pub use self::input::Input;
pub use self::load::{LoadFailure, load};
pub use self::options::LoadOptions;
pub use self::parse::RecordSink;
pub use self::progress::{Event, Listener};
pub use self::reject_file::RejectFile;
pub use self::request::LoadRequest;
pub use self::stop::Stop;
