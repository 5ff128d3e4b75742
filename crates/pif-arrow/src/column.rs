//! Columns that grow value by value.
//!
//! **Please measure before you replace these with the builders of `arrow-array`.** A text that is
//! not null is never empty, and no date or decimal of a file has the smallest value of its type. So
//! a column only stores values, and finds its nulls at the end, many at once.

use std::mem;
use std::sync::Arc;

use arrow_array::builder::Int32Builder;
use arrow_array::{ArrayRef, Date32Array, Decimal128Array, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use cusip_pif::{Date, Decimal, Field, FieldType, ValueVisitor};

const NO_DATE: i32 = i32::MIN;
const NO_DECIMAL: i128 = i128::MIN;

const POWERS_OF_TEN: [i128; Decimal::MAX_DIGITS + 1] = {
    let mut powers = [1; Decimal::MAX_DIGITS + 1];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// The columns of a layout's fields, in file order.
#[derive(Debug)]
pub(crate) struct Columns(Vec<Column>);

#[derive(Debug)]
enum Column {
    Text(TextColumn),
    Date(Vec<i32>),
    Integer(Int32Builder),
    Decimal(DecimalColumn),
}

/// A column of decimals with the same precision and scale.
#[derive(Debug)]
struct DecimalColumn {
    precision: u8,
    scale: u8,
    values: Vec<i128>,
}

/// A column of texts, none of which is empty.
#[derive(Debug)]
pub(crate) struct TextColumn {
    offsets: Vec<i32>,
    values: Vec<u8>,
    rows: usize,
}

impl Columns {
    /// Creates empty columns with room for some rows.
    pub(crate) fn new(fields: &[Field], rows: usize) -> Self {
        Self(
            fields
                .iter()
                .map(|field| Column::new(field, rows))
                .collect(),
        )
    }

    /// Returns the last value of the field at this index, if it is a text that is not null.
    pub(crate) fn last_text(&self, index: usize) -> Option<&str> {
        match &self.0[index] {
            Column::Text(column) => column.last(),
            _ => None,
        }
    }

    /// Returns the arrays, and starts over.
    pub(crate) fn finish(&mut self) -> impl Iterator<Item = ArrayRef> {
        self.0.iter_mut().map(Column::finish)
    }
}

/// The layout decides both the type of a column and which method gets its values.
impl ValueVisitor for Columns {
    #[inline]
    fn text(&mut self, field: &'static Field, value: Option<&str>) {
        if let Column::Text(column) = &mut self.0[field.ordinal - 1] {
            column.push(value);
        }
    }

    #[inline]
    fn date(&mut self, field: &'static Field, value: Option<Date>) {
        if let Column::Date(days) = &mut self.0[field.ordinal - 1] {
            days.push(value.map_or(NO_DATE, Date::days_since_unix_epoch));
        }
    }

    #[inline]
    fn integer(&mut self, field: &'static Field, value: Option<i32>) {
        if let Column::Integer(builder) = &mut self.0[field.ordinal - 1] {
            builder.append_option(value);
        }
    }

    #[inline]
    fn decimal(&mut self, field: &'static Field, value: Option<Decimal>) {
        if let Column::Decimal(column) = &mut self.0[field.ordinal - 1] {
            column.push(value);
        }
    }
}

impl Column {
    fn new(field: &Field, rows: usize) -> Self {
        match field.field_type {
            FieldType::Date => Self::Date(Vec::with_capacity(rows)),
            FieldType::Integer => Self::Integer(Int32Builder::with_capacity(rows)),
            FieldType::Decimal { precision, scale } => Self::Decimal(DecimalColumn {
                precision: precision + scale,
                scale,
                values: Vec::with_capacity(rows),
            }),
            _ => Self::Text(TextColumn::new(rows)),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => column.finish(),
            Self::Date(days) => {
                let days = emptied(days);
                let nulls = nulls(days.len(), |row| days[row] != NO_DATE);
                Arc::new(Date32Array::new(days.into(), nulls))
            }
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Decimal(column) => column.finish(),
        }
    }
}

impl DecimalColumn {
    #[inline]
    fn push(&mut self, value: Option<Decimal>) {
        self.values
            .push(value.map_or(NO_DECIMAL, |value| rescaled(value, self.scale)));
    }

    fn finish(&mut self) -> ArrayRef {
        let values = emptied(&mut self.values);
        let nulls = nulls(values.len(), |row| values[row] != NO_DECIMAL);
        let array = Decimal128Array::new(values.into(), nulls)
            .with_precision_and_scale(self.precision, self.scale.cast_signed());
        Arc::new(array.expect("the layouts have few digits"))
    }
}

impl TextColumn {
    pub(crate) fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self {
            offsets,
            values: Vec::new(),
            rows,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: Option<&str>) {
        if let Some(value) = value {
            self.values.extend_from_slice(value.as_bytes());
        }
        self.offsets.push(self.values.len() as i32);
    }

    fn last(&self) -> Option<&str> {
        let [.., start, end] = *self.offsets else {
            return None;
        };
        let value = &self.values[start as usize..end as usize];
        std::str::from_utf8(value)
            .ok()
            .filter(|value| !value.is_empty())
    }

    /// Returns the array, and starts over with room for as many rows and bytes.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        let mut next = Self::new(self.rows);
        next.values.reserve(self.values.len());
        let Self {
            offsets, values, ..
        } = mem::replace(self, next);
        let nulls = nulls(offsets.len() - 1, |row| offsets[row] != offsets[row + 1]);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Arc::new(StringArray::new(offsets, Buffer::from_vec(values), nulls))
    }
}

/// Returns the values, and leaves an empty vector with room for as many.
fn emptied<T>(values: &mut Vec<T>) -> Vec<T> {
    let next = Vec::with_capacity(values.capacity());
    mem::replace(values, next)
}

/// Returns which rows are null, or `None` if none is.
fn nulls(rows: usize, has_value: impl FnMut(usize) -> bool) -> Option<NullBuffer> {
    let nulls = NullBuffer::new(BooleanBuffer::collect_bool(rows, has_value));
    Some(nulls).filter(|nulls| nulls.null_count() > 0)
}

/// Returns a number's coefficient at a scale. Decimal places beyond the scale are zeros.
#[inline]
fn rescaled(decimal: Decimal, scale: u8) -> i128 {
    let (coefficient, own) = (decimal.coefficient(), decimal.scale());
    if own <= scale {
        coefficient * POWERS_OF_TEN[usize::from(scale - own)]
    } else {
        coefficient / POWERS_OF_TEN[usize::from(own - scale)]
    }
}
