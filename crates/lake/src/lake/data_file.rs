//! The Parquet files of the lake.

use std::mem;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use cusip_postgres::TableRows;
use sha2::{Digest as _, Sha256};

use crate::batch_rows::BatchRows;
use crate::digest::{RowDigest, Rows};
use crate::error::Error;
use crate::parquet_file::ParquetFile;
use crate::store::{Sink, Store};

/// Rows are short, so many are written together.
const CHUNK_BYTES: usize = 1024 * 1024;

/// A Parquet file of the lake that is being written.
pub(super) struct DataFile<'s> {
    store: &'s Store,
    key: String,
    sink: Sink,
    parquet: ParquetFile<Vec<u8>>,
    digest: RowDigest,
    content: Sha256,
    bytes: u64,
}

/// A complete Parquet file.
#[derive(Debug, Clone)]
pub(super) struct WrittenFile {
    pub(super) bytes: u64,
    pub(super) rows: Rows,
}

/// Writes rows as a file, unless there are none. Returns the columns, and the file.
pub(super) async fn write_rows(
    store: &Store,
    key: &str,
    mut rows: TableRows<'_>,
) -> Result<(SchemaRef, Option<WrittenFile>), Error> {
    let mut batches = BatchRows::new(rows.columns());
    let schema = batches.schema();
    let mut file = DataFile::begin(store, key, SchemaRef::clone(&schema))?;
    while let Some(row) = rows.next().await? {
        let batch = batches.push(&row)?;
        if let Some(batch) = batch {
            file.add(&batch).await?;
        }
    }
    file.add(&batches.finish()?).await?;
    let written = file.finish().await?;
    Ok((schema, written))
}

impl<'s> DataFile<'s> {
    pub(super) fn begin(store: &'s Store, key: &str, schema: SchemaRef) -> Result<Self, Error> {
        Ok(Self {
            store,
            key: key.to_owned(),
            sink: store.begin(key)?,
            parquet: ParquetFile::new(Vec::new(), SchemaRef::clone(&schema), &[])?,
            digest: RowDigest::new(schema),
            content: Sha256::new(),
            bytes: 0,
        })
    }

    pub(super) async fn add(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.digest.add(batch);
        self.parquet.write(batch)?;
        if self.parquet.destination().len() < CHUNK_BYTES {
            return Ok(());
        }
        let bytes = mem::take(self.parquet.destination());
        self.content.update(&bytes);
        self.bytes += bytes.len() as u64;
        self.sink.write(&bytes).await
    }

    /// Completes the file, or discards it if it has no rows.
    pub(super) async fn finish(self) -> Result<Option<WrittenFile>, Error> {
        let Self {
            store,
            key,
            mut sink,
            parquet,
            digest,
            mut content,
            mut bytes,
        } = self;
        let rest = parquet.finish()?;
        content.update(&rest);
        bytes += rest.len() as u64;
        sink.write(&rest).await?;
        let rows = digest.finish();
        if rows.count == 0 {
            sink.discard().await;
            return Ok(None);
        }
        match sink.finish().await {
            Ok(_) => {}
            Err(error) if error.is_exists() => {
                check_content(store, &key, &content.finalize()).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(Some(WrittenFile { bytes, rows }))
    }
}

/// Checks that a file that is there already has the content that it should get.
async fn check_content(store: &Store, key: &str, expected: &[u8]) -> Result<(), Error> {
    let location = || store.location(key);
    let Some(mut reading) = store.open(key).await? else {
        return Err(Error::Busy {
            location: location(),
        });
    };
    let mut content = Sha256::new();
    while let Some(chunk) = reading.next().await? {
        content.update(&chunk);
    }
    if content.finalize()[..] == *expected {
        return Ok(());
    }
    Err(Error::Damaged {
        location: location(),
        problem: "has other content than this sync would write, and the lake does not name it yet: a sync of another \
                  version of cusip or of another database was killed; delete this file, and sync again"
            .to_owned(),
    })
}
