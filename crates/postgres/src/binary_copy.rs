//! COPY's binary format; see "Binary Format" in PostgreSQL's documentation of COPY.

/// What comes before the first row: signature, no flags, no extension.
pub(crate) const FILE_START: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What comes after the last row, in place of a row's number of columns.
pub(crate) const FILE_END: &[u8] = &(-1_i16).to_be_bytes();

const NULL: [u8; 4] = (-1_i32).to_be_bytes();

/// Appends a value's length and the value, as the `recv` function of its type reads it.
#[inline]
pub(crate) fn put(rows: &mut Vec<u8>, value: &[u8]) {
    let length = i32::try_from(value.len()).expect("a value is far shorter than 2 GiB");
    rows.extend_from_slice(&length.to_be_bytes());
    rows.extend_from_slice(value);
}

#[inline]
pub(crate) fn put_null(rows: &mut Vec<u8>) {
    rows.extend_from_slice(&NULL);
}
