//! Rows as Parquet.

use cusip_postgres::{TableColumn, TableRow};

use crate::batch_rows::BatchRows;
use crate::error::Error;
use crate::parquet_file::ParquetFile;

/// Rows as a Parquet file, written in batches.
pub(super) struct ParquetRows {
    file: ParquetFile<Vec<u8>>,
    rows: BatchRows,
}

impl ParquetRows {
    pub(super) fn new(columns: &[TableColumn], metadata: &[(&str, String)]) -> Result<Self, Error> {
        let rows = BatchRows::new(columns);
        Ok(Self {
            file: ParquetFile::new(Vec::new(), rows.schema(), metadata)?,
            rows,
        })
    }

    pub(super) fn push(&mut self, row: &TableRow<'_>) -> Result<(), Error> {
        match self.rows.push(row)? {
            Some(batch) => self.file.write(&batch),
            None => Ok(()),
        }
    }

    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        self.file.destination()
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.file.write(&self.rows.finish()?)?;
        self.file.finish()
    }
}
