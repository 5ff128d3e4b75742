#![doc = include_str!("../README.md")]

mod attribute;
mod calendar;
mod change;
mod class;
mod day;
mod description;
mod draw;
mod error;
mod firms;
mod folder;
mod issue;
mod issuer;
mod name;
mod number;
mod options;
mod pieces;
mod population;
mod profile;
mod security;
mod sequence;
mod terms;
mod words;

pub use self::day::Day;
pub use self::error::Error;
pub use self::folder::Existing;
pub use self::options::Options;
pub use self::sequence::Sequence;
