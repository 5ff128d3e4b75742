//! Writes records in the text format of COPY.

use std::io::Write as _;

use bytes::Bytes;
use cusip_pif::{Date, Decimal, Field, Position, RecordRef, ValueVisitor};

const FULL_BYTES: usize = 256 * 1024;
const ROOM_FOR_ONE_MORE: usize = 16 * 1024;

/// Rows of COPY's text format, gathered until there are enough to send.
#[derive(Debug)]
pub struct RowBuffer {
    rows: Vec<u8>,
}

impl RowBuffer {
    /// Makes a buffer without rows.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rows: Vec::with_capacity(FULL_BYTES + ROOM_FOR_ONE_MORE),
        }
    }

    /// Appends a record with the place where it stood in its file.
    #[inline]
    pub fn push(&mut self, record: &impl RecordRef, position: Position) {
        record.visit(self);
        self.shown(Some(position.line));
        self.shown(Some(position.byte_offset));
        self.end_row();
    }

    /// Tells whether there is enough to be worth sending: 256 KiB.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.len() >= FULL_BYTES
    }

    /// Takes the rows out, as they are to be sent.
    #[must_use]
    pub fn take(&mut self) -> Bytes {
        let empty = Vec::with_capacity(FULL_BYTES + ROOM_FOR_ONE_MORE);
        Bytes::from(std::mem::replace(&mut self.rows, empty))
    }

    fn end_row(&mut self) {
        if let Some(last) = self.rows.last_mut() {
            *last = b'\n';
        }
    }

    fn shown(&mut self, value: Option<impl std::fmt::Display>) {
        match value {
            Some(value) => write!(self.rows, "{value}\t").expect("a Vec takes every write"),
            None => self.null(),
        }
    }

    fn null(&mut self) {
        self.rows.extend_from_slice(b"\\N\t");
    }
}

impl Default for RowBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl ValueVisitor for RowBuffer {
    #[inline]
    fn text(&mut self, _: &'static Field, value: Option<&str>) {
        let Some(value) = value else {
            return self.null();
        };
        let escaped = |byte: &u8| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r');
        if value.as_bytes().iter().any(escaped) {
            for &byte in value.as_bytes() {
                match byte {
                    b'\\' => self.rows.extend_from_slice(b"\\\\"),
                    b'\t' => self.rows.extend_from_slice(b"\\t"),
                    b'\n' => self.rows.extend_from_slice(b"\\n"),
                    b'\r' => self.rows.extend_from_slice(b"\\r"),
                    _ => self.rows.push(byte),
                }
            }
        } else {
            self.rows.extend_from_slice(value.as_bytes());
        }
        self.rows.push(b'\t');
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
