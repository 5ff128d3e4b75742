//! Writes rows as a stream of Arrow record batches.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, Date32Builder, Decimal128Builder, Float32Builder, Int64Builder, StringBuilder,
};
use arrow_array::types::{Decimal128Type, DecimalType as _};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Fields, Schema, SchemaRef};
use cusip_jobs::State;
use cusip_pif::Date;
use serde_json::{Map, Value};

use super::csv::plain;
use crate::problem::{Code, Problem};

/// A batch of securities takes up about a megabyte.
const BATCH_ROWS: usize = 2_048;

/// Writes rows as a stream of Arrow record batches.
pub(super) struct Batches {
    schema: SchemaRef,
    stream: StreamWriter<Vec<u8>>,
    columns: Vec<Column>,
    rows: usize,
}

enum Column {
    Text(StringBuilder),
    Date(Date32Builder),
    Integer(Int64Builder),
    Real(Float32Builder),
    Decimal {
        values: Decimal128Builder,
        precision: u8,
        scale: u8,
    },
}

impl Batches {
    /// Begins a stream, whose schema names the state in its metadata.
    pub(super) fn new(fields: &Fields, state: Option<State>) -> Result<Self, Problem> {
        let mut metadata = HashMap::new();
        if let Some(state) = state {
            metadata.insert("job_id".to_owned(), state.job.to_string());
            if let Some(date) = state.date {
                metadata.insert("date".to_owned(), date.to_string());
            }
        }
        let schema = Schema::new_with_metadata(fields.clone(), metadata);
        Ok(Self {
            stream: StreamWriter::try_new(Vec::new(), &schema).map_err(failed)?,
            columns: fields
                .iter()
                .map(|field| Column::new(field.data_type()))
                .collect(),
            schema: Arc::new(schema),
            rows: 0,
        })
    }

    /// Adds a row. The batch is written when it is full.
    pub(super) fn push(&mut self, record: &Map<String, Value>) -> Result<(), Problem> {
        for (column, field) in self.columns.iter_mut().zip(self.schema.fields()) {
            let value = record.get(field.name()).unwrap_or(&Value::Null);
            column.push(value).ok_or_else(|| {
                let (name, kind) = (field.name(), field.data_type());
                let detail = format!(
                    "{name} is {value}, which does not fit the type {kind} of Arrow; ask for another format"
                );
                Problem::new(Code::Internal, detail)
            })?;
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS {
            self.write()
        } else {
            Ok(())
        }
    }

    /// Writes the rows that are left, and the end of the stream.
    pub(super) fn finish(&mut self) -> Result<(), Problem> {
        if self.rows > 0 {
            self.write()?;
        }
        self.stream.finish().map_err(failed)
    }

    /// Returns how many bytes were written since they were last taken.
    pub(super) fn len(&self) -> usize {
        self.stream.get_ref().len()
    }

    /// Returns what was written since the last time.
    pub(super) fn take(&mut self) -> Vec<u8> {
        mem::take(self.stream.get_mut())
    }

    fn write(&mut self) -> Result<(), Problem> {
        let columns = self.columns.iter_mut().map(Column::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(failed)?;
        self.rows = 0;
        self.stream.write(&batch).map_err(failed)
    }
}

impl Column {
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Int64 => Self::Integer(Int64Builder::new()),
            DataType::Float32 => Self::Real(Float32Builder::new()),
            DataType::Decimal128(precision, scale) => Self::Decimal {
                values: Decimal128Builder::new().with_data_type(data_type.clone()),
                precision: *precision,
                scale: scale.unsigned_abs(),
            },
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a value, unless it does not fit the column's type.
    fn push(&mut self, value: &Value) -> Option<()> {
        match (self, value) {
            (column, Value::Null) => column.push_null(),
            (Self::Text(column), Value::String(text)) => column.append_value(text),
            (Self::Text(column), value) => column.append_value(plain(value)),
            (Self::Date(column), value) => {
                let date: Date = value.as_str()?.parse().ok()?;
                column.append_value(date.days_since_unix_epoch());
            }
            (Self::Integer(column), value) => column.append_value(value.as_i64()?),
            (Self::Real(column), value) => column.append_value(value.as_f64()? as f32),
            (
                Self::Decimal {
                    values,
                    precision,
                    scale,
                },
                value,
            ) => {
                let value = coefficient(value.as_number()?.as_str(), *scale)?;
                if !Decimal128Type::is_valid_decimal_precision(value, *precision) {
                    return None;
                }
                values.append_value(value);
            }
        }
        Some(())
    }

    fn push_null(&mut self) {
        match self {
            Self::Text(column) => column.append_null(),
            Self::Date(column) => column.append_null(),
            Self::Integer(column) => column.append_null(),
            Self::Real(column) => column.append_null(),
            Self::Decimal { values, .. } => values.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        let column: &mut dyn ArrayBuilder = match self {
            Self::Text(column) => column,
            Self::Date(column) => column,
            Self::Integer(column) => column,
            Self::Real(column) => column,
            Self::Decimal { values, .. } => values,
        };
        column.finish()
    }
}

/// Returns a number's digits as an integer with this many decimal places, if they are enough.
fn coefficient(number: &str, scale: u8) -> Option<i128> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let decimals = decimals.trim_end_matches('0');
    let missing = usize::from(scale).checked_sub(decimals.len())?;
    format!("{whole}{decimals}{:0<missing$}", "").parse().ok()
}

fn failed(error: ArrowError) -> Problem {
    let detail = format!(
        "an Arrow stream could not be written: {error}; this is a bug in CusipService, please report it"
    );
    Problem::new(Code::Internal, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_value_or_do_not_fit() {
        for (number, scale, expected) in [
            ("4.8125", 6, Some(4_812_500)),
            ("4.812500000", 6, Some(4_812_500)),
            ("-0.5", 3, Some(-500)),
            ("12", 3, Some(12_000)),
            ("0", 0, Some(0)),
            ("4.8125001", 6, None),
            ("1e9", 3, None),
        ] {
            assert_eq!(coefficient(number, scale), expected, "{number}");
        }
    }
}
