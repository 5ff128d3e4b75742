#![doc = include_str!("../README.md")]

mod encoder;
mod error;
mod format;
#[cfg(feature = "parquet")]
mod parquet_file;
mod part_file;

pub use self::encoder::Encoder;
pub use self::error::Error;
pub use self::format::Format;
#[cfg(feature = "parquet")]
pub use self::parquet_file::ParquetFile;
pub use self::part_file::PartFile;
