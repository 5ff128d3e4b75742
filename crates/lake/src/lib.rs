#![doc = include_str!("../README.md")]

#[cfg(feature = "parquet")]
mod batch_rows;
#[cfg(feature = "parquet")]
mod digest;
mod encoder;
mod error;
mod format;
#[cfg(feature = "parquet")]
mod lake;
#[cfg(feature = "parquet")]
mod parquet_file;
mod part_file;
mod store;

pub use self::encoder::{Encoder, TextRows};
pub use self::error::Error;
pub use self::format::Format;
#[cfg(feature = "parquet")]
pub use self::lake::{AppendedLoad, LakeComparison, LakeSync, compare_lake};
#[cfg(feature = "parquet")]
pub use self::parquet_file::ParquetFile;
pub use self::part_file::PartFile;
pub use self::store::{Sink, Store};
