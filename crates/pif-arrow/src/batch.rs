//! Builds batches from records.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use cusip_pif::{Cusip, FileKind, RecordRef};

use crate::column::{Columns, TextColumn};
use crate::options::Options;
use crate::schema::{self, COUNTRY, CUSIP, ISIN};

/// Builds batches of one kind's records, for programs that push bytes into a
/// [`Parser`](cusip_pif::Parser).
///
/// Copies the values out of borrowed records, without a string for each.
///
/// ```
/// use cusip_pif::{Event, FileKind, Issue, ParseOptions, Parser};
/// use cusip_pif_arrow::{BatchBuilder, Options};
///
/// let mut parser = Parser::<Issue>::new(ParseOptions::default());
/// let mut batch = BatchBuilder::new(FileKind::Issue, &Options::default());
/// parser.push(b"037833|10|0|COM||||||A||||||A|2024-01-15\n");
/// while let Some(event) = parser.next_event() {
///     if let Event::Record { record, .. } = event {
///         batch.push(&record);
///     }
/// }
/// assert_eq!(batch.finish().num_rows(), 1);
/// ```
#[derive(Debug)]
pub struct BatchBuilder {
    schema: SchemaRef,
    batch_rows: usize,
    rows: usize,
    columns: Columns,
    cusips: Option<TextColumn>,
    isins: Option<IsinColumn>,
}

/// The column of ISINs, and where the country is.
#[derive(Debug)]
struct IsinColumn {
    isins: TextColumn,
    country: usize,
}

impl BatchBuilder {
    /// Creates an empty batch for records of a kind.
    #[must_use]
    pub fn new(kind: FileKind, options: &Options) -> Self {
        let schema = schema::schema(kind, options);
        let fields = kind.layout().fields;
        let rows = options.batch_rows;
        let is_there = |name| schema.column_with_name(name).is_some();
        let country = fields.iter().position(|field| field.name == COUNTRY);
        Self {
            batch_rows: rows,
            rows: 0,
            columns: Columns::new(fields, rows),
            cusips: is_there(CUSIP).then(|| TextColumn::new(rows)),
            isins: country
                .filter(|_| is_there(ISIN))
                .map(|country| IsinColumn {
                    isins: TextColumn::new(rows),
                    country,
                }),
            schema,
        }
    }

    /// Returns the schema of the batches.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Returns the number of rows so far.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns whether the batch has the maximum number of rows.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.rows >= self.batch_rows
    }

    /// Adds a record, which must be of the builder's kind.
    #[inline]
    pub fn push(&mut self, record: &impl RecordRef) {
        record.visit(&mut self.columns);
        self.rows += 1;
        if self.cusips.is_some() {
            self.push_identifiers(record);
        }
    }

    /// Returns the batch, and starts the next one.
    ///
    /// # Panics
    ///
    /// If records of another kind were added.
    #[must_use]
    pub fn finish(&mut self) -> RecordBatch {
        self.rows = 0;
        let cusips = self.cusips.as_mut().map(TextColumn::finish);
        let isins = self.isins.as_mut().map(|column| column.isins.finish());
        let computed = cusips.into_iter().chain(isins);
        let columns: Vec<ArrayRef> = computed.chain(self.columns.finish()).collect();
        RecordBatch::try_new(self.schema.clone(), columns)
            .expect("schema and columns derive from the same layout")
    }

    fn push_identifiers(&mut self, record: &impl RecordRef) {
        let key = record.key();
        let cusip = (key.issue_num).map(|issue_num| Cusip::new(key.issuer_num, issue_num));
        if let Some(cusips) = &mut self.cusips {
            cusips.push(cusip.map(|cusip| cusip.to_string()).as_deref());
        }
        if let Some(column) = &mut self.isins {
            let country = self.columns.last_text(column.country);
            let isin = cusip
                .zip(country)
                .and_then(|(cusip, country)| cusip.to_isin(country));
            column.isins.push(isin.as_deref());
        }
    }
}
