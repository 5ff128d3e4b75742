//! Rows as Arrow batches.

use std::sync::Arc;

use arrow_array::builder::{
    Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use cusip_postgres::{TableColumn, TableRow, Value, ValueType};

use crate::error::Error;

const BATCH_ROWS: usize = 8 * 1024;

/// Collects rows in batches.
pub(crate) struct BatchRows {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
}

struct Column {
    name: String,
    values: Values,
}

enum Values {
    Text(StringBuilder),
    Date(Date32Builder),
    Integer(Int32Builder),
    BigInteger(Int64Builder),
    Decimal {
        builder: Decimal128Builder,
        precision: u8,
        scale: u8,
    },
}

impl BatchRows {
    pub(crate) fn new(columns: &[TableColumn]) -> Self {
        let columns_and_fields = columns.iter().map(|column| {
            let values = Values::new(column.value_type);
            let field = Field::new(&column.name, values.data_type(), !column.is_required);
            let name = column.name.clone();
            (Column { name, values }, field)
        });
        let (columns, fields): (_, Vec<_>) = columns_and_fields.unzip();
        Self {
            schema: Arc::new(Schema::new(fields)),
            columns,
            rows: 0,
        }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Adds a row, and returns the batch if it is complete.
    pub(crate) fn push(&mut self, row: &TableRow<'_>) -> Result<Option<RecordBatch>, Error> {
        for (column, value) in self.columns.iter_mut().zip(row.values()) {
            column.push(value?)?;
        }
        self.rows += 1;
        match self.rows {
            BATCH_ROWS => self.finish().map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the rows that are not in a batch yet.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, Error> {
        self.rows = 0;
        let columns = self.columns.iter_mut();
        let columns = columns.map(|column| column.values.finish()).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        batch.map_err(|error| Error::Parquet {
            source: error.into(),
        })
    }
}

impl Column {
    fn push(&mut self, value: Value<'_>) -> Result<(), Error> {
        match (&mut self.values, value) {
            (Values::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Values::Text(builder), _) => builder.append_null(),
            (Values::Date(builder), Value::Date(date)) => {
                builder.append_value(date.days_since_unix_epoch());
            }
            (Values::Date(builder), _) => builder.append_null(),
            (Values::Integer(builder), Value::Integer(number)) => {
                builder.append_option(i32::try_from(number).ok());
            }
            (Values::Integer(builder), _) => builder.append_null(),
            (Values::BigInteger(builder), Value::Integer(number)) => builder.append_value(number),
            (Values::BigInteger(builder), _) => builder.append_null(),
            (
                Values::Decimal {
                    builder,
                    precision,
                    scale,
                },
                Value::Decimal(number),
            ) => match rescaled(number.coefficient(), number.scale(), *precision, *scale) {
                Some(coefficient) => builder.append_value(coefficient),
                None => {
                    return Err(Error::TooManyDigits {
                        column: self.name.clone(),
                        number: number.to_string(),
                        precision: *precision,
                        scale: *scale,
                    });
                }
            },
            (Values::Decimal { builder, .. }, _) => builder.append_null(),
        }
        Ok(())
    }
}

impl Values {
    fn new(value_type: ValueType) -> Self {
        match value_type {
            ValueType::Date => Self::Date(Date32Builder::with_capacity(BATCH_ROWS)),
            ValueType::Integer => Self::Integer(Int32Builder::with_capacity(BATCH_ROWS)),
            ValueType::BigInteger => Self::BigInteger(Int64Builder::with_capacity(BATCH_ROWS)),
            ValueType::Decimal { precision, scale } => {
                let data_type = DataType::Decimal128(precision, scale.cast_signed());
                let builder = Decimal128Builder::with_capacity(BATCH_ROWS);
                Self::Decimal {
                    builder: builder.with_data_type(data_type),
                    precision,
                    scale,
                }
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Date(_) => DataType::Date32,
            Self::Integer(_) => DataType::Int32,
            Self::BigInteger(_) => DataType::Int64,
            Self::Decimal {
                precision, scale, ..
            } => DataType::Decimal128(*precision, scale.cast_signed()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::BigInteger(builder) => Arc::new(builder.finish()),
            Self::Decimal { builder, .. } => Arc::new(builder.finish()),
        }
    }
}

/// Returns a number's coefficient at a scale, unless the number has digits that do not fit.
fn rescaled(coefficient: i128, own_scale: u8, precision: u8, scale: u8) -> Option<i128> {
    let power = 10_i128.checked_pow(own_scale.abs_diff(scale).into())?;
    let rescaled = if own_scale <= scale {
        coefficient.checked_mul(power)?
    } else if coefficient % power == 0 {
        coefficient / power
    } else {
        return None;
    };
    let fits = rescaled.unsigned_abs() < 10_u128.checked_pow(precision.into())?;
    fits.then_some(rescaled)
}

#[cfg(test)]
mod tests {
    use super::rescaled;

    #[test]
    fn numbers_keep_their_value_or_do_not_fit() {
        assert_eq!(rescaled(41250, 4, 15, 6), Some(4_125_000));
        assert_eq!(rescaled(4_125_000_000, 9, 15, 6), Some(4_125_000));
        assert_eq!(rescaled(1, 7, 15, 6), None);
        assert_eq!(rescaled(1_000_000_000, 0, 15, 6), None);
        assert_eq!(rescaled(-999_999_999, 0, 15, 6), Some(-999_999_999_000_000));
    }
}
