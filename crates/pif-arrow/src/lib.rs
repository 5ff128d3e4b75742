#![doc = include_str!("../README.md")]

mod batch;
mod column;
mod error;
mod options;
mod reader;
mod rejects;
mod schema;

pub use self::batch::BatchBuilder;
pub use self::error::Error;
pub use self::options::Options;
pub use self::reader::{BatchReader, Summary};
pub use self::rejects::RejectBuilder;
pub use self::schema::{column, rejects_schema, schema};
