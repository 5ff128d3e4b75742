//! The formats that files are converted to.

use std::io::Write;

use cusip_lake::Format;
use cusip_pif::{Date, Decimal, Field, FileKind, RecordRef, ValueVisitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;

use super::identifiers;
#[cfg(feature = "parquet")]
use super::parquet::ParquetWriter;

/// A file, or standard output.
pub(super) type Destination = Box<dyn Write + Send>;

/// Writes records of one kind.
pub(super) struct Writer {
    kind: FileKind,
    rows: Rows,
}

enum Rows {
    Csv(Box<csv::Writer<Destination>>),
    Ndjson(Destination),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetWriter>),
}

impl Writer {
    pub(super) fn new(
        format: Format,
        kind: FileKind,
        destination: Destination,
    ) -> anyhow::Result<Self> {
        let rows = match format {
            Format::Csv => {
                let mut rows = csv::Writer::from_writer(destination);
                let fields = kind.layout().fields.iter().map(|field| field.name);
                rows.write_record(identifiers::names(kind).iter().copied().chain(fields))?;
                Rows::Csv(Box::new(rows))
            }
            Format::Ndjson => Rows::Ndjson(destination),
            #[cfg(feature = "parquet")]
            Format::Parquet => Rows::Parquet(Box::new(ParquetWriter::new(kind, destination)?)),
        };
        Ok(Self { kind, rows })
    }

    pub(super) fn record(&mut self, record: &impl RecordRef) -> anyhow::Result<()> {
        match &mut self.rows {
            Rows::Csv(rows) => {
                for value in identifiers::values(self.kind, record) {
                    rows.write_field(value.unwrap_or_default())?;
                }
                let mut line = CsvLine {
                    rows,
                    written: Ok(()),
                };
                record.visit(&mut line);
                line.written?;
                rows.write_record(None::<&[u8]>)?;
            }
            Rows::Ndjson(destination) => {
                let kind = self.kind;
                serde_json::to_writer(&mut *destination, &Row { kind, record })?;
                destination.write_all(b"\n")?;
            }
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.record(record)?,
        }
        Ok(())
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self.rows {
            Rows::Csv(mut rows) => rows.flush()?,
            Rows::Ndjson(mut destination) => destination.flush()?,
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.finish()?,
        }
        Ok(())
    }
}

/// Writes the fields of a record as a line of CSV. An empty field is null.
struct CsvLine<'a> {
    rows: &'a mut csv::Writer<Destination>,
    written: csv::Result<()>,
}

impl CsvLine<'_> {
    fn field(&mut self, value: &[u8]) {
        if self.written.is_ok() {
            self.written = self.rows.write_field(value);
        }
    }

    fn shown(&mut self, value: Option<impl ToString>) {
        let value = value.map(|value| value.to_string());
        self.field(value.unwrap_or_default().as_bytes());
    }
}

impl ValueVisitor for CsvLine<'_> {
    fn text(&mut self, _: &'static Field, value: Option<&str>) {
        self.field(value.unwrap_or_default().as_bytes());
    }

    fn date(&mut self, _: &'static Field, value: Option<Date>) {
        self.shown(value);
    }

    fn integer(&mut self, _: &'static Field, value: Option<i32>) {
        self.shown(value);
    }

    fn decimal(&mut self, _: &'static Field, value: Option<Decimal>) {
        self.shown(value);
    }
}

/// A record as a JSON object without its nulls.
struct Row<'a, R> {
    kind: FileKind,
    record: &'a R,
}

impl<R: RecordRef> Serialize for Row<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = Entries {
            map: serializer.serialize_map(None)?,
            written: Ok(()),
        };
        let identifiers = identifiers::values(self.kind, self.record);
        for (name, value) in identifiers::names(self.kind).iter().zip(identifiers) {
            entries.add(name, value);
        }
        self.record.visit(&mut entries);
        entries.written?;
        entries.map.end()
    }
}

struct Entries<M: SerializeMap> {
    map: M,
    written: Result<(), M::Error>,
}

impl<M: SerializeMap> Entries<M> {
    fn add(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value
            && self.written.is_ok()
        {
            self.written = self.map.serialize_entry(name, &value);
        }
    }
}

impl<M: SerializeMap> ValueVisitor for Entries<M> {
    fn text(&mut self, field: &'static Field, value: Option<&str>) {
        self.add(field.name, value);
    }

    fn date(&mut self, field: &'static Field, value: Option<Date>) {
        self.add(field.name, value.map(|date| date.to_string()));
    }

    fn integer(&mut self, field: &'static Field, value: Option<i32>) {
        self.add(field.name, value);
    }

    /// A number with all its digits, as in the file.
    fn decimal(&mut self, field: &'static Field, value: Option<Decimal>) {
        let number = value.and_then(|value| value.to_string().parse::<Number>().ok());
        self.add(field.name, number);
    }
}
