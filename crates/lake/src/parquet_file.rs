//! Parquet files.

use std::fmt;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::error::Error;

/// A row group is in memory until it is complete, and readers skip or share out whole row groups.
const ROW_GROUP_ROWS: usize = 122_880;

/// A Parquet file that is being written: compressed with zstd, with statistics, in row groups of 122,880 rows.
pub struct ParquetFile<W: Write + Send> {
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file with these key-value pairs as metadata.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] if a type of the schema cannot be written, or the destination fails.
    pub fn new(
        destination: W,
        schema: SchemaRef,
        metadata: &[(&str, String)],
    ) -> Result<Self, Error> {
        let metadata: Vec<_> = (metadata.iter())
            .map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()))
            .collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_key_value_metadata(Some(metadata).filter(|metadata| !metadata.is_empty()))
            .build();
        let writer = ArrowWriter::try_new(destination, schema, Some(properties));
        Ok(Self {
            writer: writer.map_err(failed)?,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] if the destination fails.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        self.writer.write(rows).map_err(failed)
    }

    /// Returns the destination. What it has received so far may be taken from it.
    pub fn destination(&mut self) -> &mut W {
        self.writer.inner_mut()
    }

    /// Writes the end of the file, and returns the destination.
    ///
    /// # Errors
    ///
    /// [`Error::Parquet`] if the destination fails.
    pub fn finish(self) -> Result<W, Error> {
        self.writer.into_inner().map_err(failed)
    }
}

impl<W: Write + Send> fmt::Debug for ParquetFile<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ParquetFile")
            .finish_non_exhaustive()
    }
}

fn failed(error: parquet::errors::ParquetError) -> Error {
    Error::Parquet {
        source: error.into(),
    }
}
