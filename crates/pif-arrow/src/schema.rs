//! The Arrow schema of each kind of file, derived from its layout.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use cusip_pif::{FieldType, FileKind};

use crate::options::Options;

/// The column with the nine characters of the CUSIP.
pub(crate) const CUSIP: &str = "cusip";
/// The column with the ISIN.
pub(crate) const ISIN: &str = "isin";
/// The field with the country that an ISIN begins with.
pub(crate) const COUNTRY: &str = "domicile_code";

/// Returns the schema of a kind's batches: one column for each field, in file order.
///
/// [`column()`] has the types. With [`Options::with_identifiers`], issues and attributes begin with
/// `cusip`, the nine characters that the key implies; attributes also have `isin`, which is empty
/// if ISINs of the country in `domicile_code` do not contain the CUSIP.
#[must_use]
pub fn schema(kind: FileKind, options: &Options) -> SchemaRef {
    let layout = kind.layout().fields.iter().map(column);
    let columns: Vec<_> = identifiers(kind, options)
        .into_iter()
        .chain(layout)
        .collect();
    Arc::new(Schema::new(columns))
}

/// Returns the column for a field of a layout.
///
/// | type of the field | type of the column |
/// |---|---|
/// | text, code, issuer or issue number | `Utf8` |
/// | date | `Date32` |
/// | integer | `Int32` |
/// | decimal(p,s) | `Decimal128(p + s, s)`: the format allows p digits before the point |
///
/// An empty field is null. Only the key fields are never null.
#[must_use]
pub fn column(field: &cusip_pif::Field) -> Field {
    let data_type = match field.field_type {
        FieldType::Date => DataType::Date32,
        FieldType::Integer => DataType::Int32,
        FieldType::Decimal { precision, scale } => {
            DataType::Decimal128(precision + scale, scale.cast_signed())
        }
        _ => DataType::Utf8,
    };
    Field::new(field.name, data_type, !field.is_key())
}

/// Returns the schema of the rejects, which is the same for all kinds.
///
/// `field` and `value` belong to the first fault, and are null if the whole record is at fault.
/// `message` has all faults. `raw_line` has the bytes of the line, which may not be UTF-8.
#[must_use]
pub fn rejects_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("line_number", DataType::Int64, false),
        Field::new("byte_offset", DataType::Int64, false),
        Field::new("field", DataType::Utf8, true),
        Field::new("value", DataType::Utf8, true),
        Field::new("rule", DataType::Utf8, false),
        Field::new("message", DataType::Utf8, false),
        Field::new("raw_line", DataType::Binary, false),
    ]))
}

/// Returns the columns that are computed and not in the layout.
fn identifiers(kind: FileKind, options: &Options) -> Vec<Field> {
    let cusip = || Field::new(CUSIP, DataType::Utf8, false);
    let isin = || Field::new(ISIN, DataType::Utf8, true);
    match kind {
        _ if !options.identifiers => Vec::new(),
        FileKind::Issuer => Vec::new(),
        FileKind::Issue => vec![cusip()],
        FileKind::IssueAttribute => vec![cusip(), isin()],
    }
}
