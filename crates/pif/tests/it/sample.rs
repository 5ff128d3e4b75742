//! Lines for tests.

use cusip_pif::{Field, Record};

/// A valid issuer record of 21 bytes.
pub(crate) const A: &str = "00000A|||||||||||||||";

/// Another valid issuer record of 21 bytes.
pub(crate) const B: &str = "00000B|||||||||||||||";

/// Returns the line of a record with a key and the given fields; all others are empty.
pub(crate) fn line<R: Record>(fields: &[(&str, &dyn AsRef<[u8]>)]) -> Vec<u8> {
    let mut values: Vec<&[u8]> = vec![b""; R::LAYOUT.fields.len()];
    for (key, value) in R::LAYOUT.key().zip([b"037833".as_slice(), b"10"]) {
        values[key.ordinal - 1] = value;
    }
    for (name, value) in fields {
        values[field::<R>(name).ordinal - 1] = value.as_ref();
    }
    values.join(&b'|')
}

/// Returns the field of a kind of record with this name.
fn field<R: Record>(name: &str) -> &'static Field {
    (R::LAYOUT.fields.iter().find(|field| field.name == name)).expect("the layout has the field")
}
