//! Digests of rows, which do not depend on how a file stores them.

use std::fmt::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use sha2::{Digest as _, Sha256};

const NULL: u8 = 0;
const VALUE: u8 = 1;

/// Computes a digest of rows from their columns' names, types and values, and counts them.
pub(crate) struct RowDigest {
    schema: SchemaRef,
    columns: Vec<Sha256>,
    /// The values of a column, which are hashed at once because most of them are short.
    values: Vec<u8>,
    rows: u64,
}

/// How many rows there are, and their digest in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) count: u64,
    pub(crate) digest: String,
}

impl RowDigest {
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self {
            columns: vec![Sha256::new(); schema.fields().len()],
            schema,
            values: Vec::new(),
            rows: 0,
        }
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        for (array, digest) in batch.columns().iter().zip(&mut self.columns) {
            self.values.clear();
            append(array, &mut self.values);
            digest.update(&self.values);
        }
    }

    pub(crate) fn finish(self) -> Rows {
        let mut all = Sha256::new();
        for (field, digest) in self.schema.fields().iter().zip(self.columns) {
            all.update(format!("{}\n{}\n", field.name(), field.data_type()));
            all.update(digest.finalize());
        }
        Rows {
            count: self.rows,
            digest: hexadecimal(&all.finalize()),
        }
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Appends each value of an array so that no two arrays look the same.
fn append(array: &dyn Array, to: &mut Vec<u8>) {
    match array.data_type() {
        DataType::Utf8 => each(array, to, |row, to| {
            let text = array.as_string::<i32>().value(row);
            to.extend_from_slice(&(text.len() as u64).to_le_bytes());
            to.extend_from_slice(text.as_bytes());
        }),
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>().values();
            each(array, to, |row, to| {
                to.extend_from_slice(&values[row].to_le_bytes());
            });
        }
        DataType::Int32 => {
            let values = array.as_primitive::<Int32Type>().values();
            each(array, to, |row, to| {
                to.extend_from_slice(&values[row].to_le_bytes());
            });
        }
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>().values();
            each(array, to, |row, to| {
                to.extend_from_slice(&values[row].to_le_bytes());
            });
        }
        DataType::Timestamp(..) => {
            let values = array.as_primitive::<TimestampMicrosecondType>().values();
            each(array, to, |row, to| {
                to.extend_from_slice(&values[row].to_le_bytes());
            });
        }
        DataType::Decimal128(..) => {
            let values = array.as_primitive::<Decimal128Type>().values();
            each(array, to, |row, to| {
                to.extend_from_slice(&values[row].to_le_bytes());
            });
        }
        // Another type is not ours, and its name makes the digest differ.
        _ => {}
    }
}

fn each(array: &dyn Array, to: &mut Vec<u8>, mut value: impl FnMut(usize, &mut Vec<u8>)) {
    for row in 0..array.len() {
        if array.is_null(row) {
            to.push(NULL);
        } else {
            to.push(VALUE);
            value(row, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringArray;
    use arrow_schema::{Field, Schema};

    use super::*;

    fn digest(batches: &[&[Option<&str>]]) -> Rows {
        let schema = Arc::new(Schema::new(vec![Field::new("name", DataType::Utf8, true)]));
        let mut digest = RowDigest::new(Arc::clone(&schema));
        for values in batches {
            let array = Arc::new(StringArray::from(values.to_vec()));
            digest.add(&RecordBatch::try_new(Arc::clone(&schema), vec![array]).unwrap());
        }
        digest.finish()
    }

    #[test]
    fn digest_depends_on_values_and_not_on_batches() {
        let whole = digest(&[&[Some("ab"), None, Some("c")]]);
        assert_eq!(whole, digest(&[&[Some("ab")], &[None, Some("c")]]));
        assert_eq!(whole.count, 3);
        assert_ne!(whole, digest(&[&[Some("a"), None, Some("bc")]]));
        assert_ne!(whole, digest(&[&[Some("ab"), Some(""), Some("c")]]));
        assert_ne!(whole, digest(&[&[Some("c"), None, Some("ab")]]));
    }
}
