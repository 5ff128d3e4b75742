#![doc = include_str!("../README.md")]

mod check;
mod comparison;
mod day;
mod error;
mod file_reading;
mod first_rejects;
mod input;
mod limit;
mod line_reader;
mod load;
mod options;
mod problem;
mod progress;
mod reject_file;
mod report;
mod request;
mod staging;
mod stop;

pub use self::check::{CheckReport, Problem, check};
pub use self::day::DayFiles;
pub use self::error::Error;
pub use self::file_reading::is_compressed;
pub use self::input::Input;
pub use self::limit::{InvalidLimit, RejectLimit};
pub use self::load::{LoadFailure, load};
pub use self::options::{LoadOptions, Requester};
pub use self::problem::Reject;
pub use self::progress::{Event, Progress};
pub use self::reject_file::RejectFile;
pub use self::report::{FileReport, FileStatus, JobDocument, JobResult, LoadReport};
pub use self::request::LoadRequest;
pub use self::stop::{StopReason, StopSwitch};
