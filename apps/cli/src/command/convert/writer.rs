//! The formats that files are converted to.

use std::io::Write;

use cusip_lake::{Format, TextRows};
use cusip_pif::{Date, Decimal, Field, FileKind, RecordRef, ValueVisitor};
use cusip_postgres::Value;

use super::identifiers;
#[cfg(feature = "parquet")]
use super::parquet::ParquetWriter;

/// Records are short, so many are written together.
const CHUNK_BYTES: usize = 64 * 1024;

/// A file, or standard output.
pub(super) type Destination = Box<dyn Write + Send>;

/// Writes records of one kind.
pub(super) struct Writer {
    kind: FileKind,
    rows: Rows,
}

enum Rows {
    Text(TextRows, Destination),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetWriter>),
}

impl Writer {
    pub(super) fn new(
        format: Format,
        kind: FileKind,
        destination: Destination,
    ) -> anyhow::Result<Self> {
        let fields = kind.layout().fields.iter().map(|field| field.name);
        let columns = identifiers::names(kind).iter().copied().chain(fields);
        let rows = match format {
            Format::Csv => Rows::Text(TextRows::csv(columns), destination),
            Format::Ndjson => Rows::Text(TextRows::ndjson(columns), destination),
            #[cfg(feature = "parquet")]
            Format::Parquet => Rows::Parquet(Box::new(ParquetWriter::new(kind, destination)?)),
        };
        Ok(Self { kind, rows })
    }

    pub(super) fn record(&mut self, record: &impl RecordRef) -> anyhow::Result<()> {
        match &mut self.rows {
            Rows::Text(rows, destination) => {
                for value in identifiers::values(self.kind, record) {
                    rows.value(value.as_deref().map_or(Value::Null, Value::Text));
                }
                record.visit(&mut Values(rows));
                rows.end_row();
                if rows.bytes().len() >= CHUNK_BYTES {
                    destination.write_all(rows.bytes())?;
                    rows.bytes().clear();
                }
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.record(record)?,
        }
        Ok(())
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self.rows {
            Rows::Text(mut rows, mut destination) => {
                destination.write_all(rows.bytes())?;
                destination.flush()?;
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.finish()?,
        }
        Ok(())
    }
}

/// Adds the fields of a record to a row. An empty field is null.
struct Values<'r>(&'r mut TextRows);

impl ValueVisitor for Values<'_> {
    fn text(&mut self, _: &'static Field, value: Option<&str>) {
        self.0.value(value.map_or(Value::Null, Value::Text));
    }

    fn date(&mut self, _: &'static Field, value: Option<Date>) {
        self.0.value(value.map_or(Value::Null, Value::Date));
    }

    fn integer(&mut self, _: &'static Field, value: Option<i32>) {
        self.0
            .value(value.map_or(Value::Null, |value| Value::Integer(value.into())));
    }

    fn decimal(&mut self, _: &'static Field, value: Option<Decimal>) {
        self.0.value(value.map_or(Value::Null, Value::Decimal));
    }
}
