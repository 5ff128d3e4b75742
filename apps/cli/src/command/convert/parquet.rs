//! Records as Parquet.

use std::io::Write;

use cusip_lake::ParquetFile;
use cusip_pif::{FileKind, RecordRef};
use cusip_pif_arrow::{BatchBuilder, Options};

/// Writes records as a Parquet file.
pub(super) struct ParquetWriter {
    batch: BatchBuilder,
    file: ParquetFile<Box<dyn Write + Send>>,
}

impl ParquetWriter {
    pub(super) fn new(kind: FileKind, destination: Box<dyn Write + Send>) -> anyhow::Result<Self> {
        let batch = BatchBuilder::new(kind, &Options::default().with_identifiers(true));
        let file = ParquetFile::new(destination, batch.schema(), &[])?;
        Ok(Self { batch, file })
    }

    pub(super) fn record(&mut self, record: &impl RecordRef) -> anyhow::Result<()> {
        self.batch.push(record);
        if self.batch.is_full() {
            self.file.write(&self.batch.finish())?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.file.write(&self.batch.finish())?;
        self.file.finish()?.flush()?;
        Ok(())
    }
}
