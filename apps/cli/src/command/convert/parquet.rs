//! Parquet files.

use std::io::Write;

use cusip_pif::{FileKind, RecordRef};
use cusip_pif_arrow::{BatchBuilder, Options};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

/// A row group is in memory until it is complete, and readers skip or share out whole row groups.
const ROW_GROUP_ROWS: usize = 122_880;

/// Writes records as a Parquet file, compressed with zstd and with statistics.
pub(super) struct ParquetWriter {
    batch: BatchBuilder,
    file: ArrowWriter<Box<dyn Write + Send>>,
}

impl ParquetWriter {
    pub(super) fn new(kind: FileKind, destination: Box<dyn Write + Send>) -> anyhow::Result<Self> {
        let batch = BatchBuilder::new(kind, &Options::default().with_identifiers(true));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let file = ArrowWriter::try_new(destination, batch.schema(), Some(properties))?;
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
        self.file.into_inner()?.flush()?;
        Ok(())
    }
}
