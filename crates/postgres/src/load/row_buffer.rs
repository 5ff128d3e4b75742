//! Writes records in the text format of COPY.

use std::io::Write as _;

use bytes::Bytes;
use cusip_pif::{Date, Decimal, Field, Position, RecordRef, ValueVisitor};

use crate::ledger::JobId;

const FULL_BYTES: usize = 256 * 1024;
const ROOM_FOR_ONE_MORE: usize = 16 * 1024;

/// Rows of COPY's text format, gathered until there are enough to send.
///
/// They are written as the server writes them: equal values make equal bytes, and different ones
/// different bytes.
#[derive(Debug)]
pub struct RowBuffer {
    rows: Vec<u8>,
    /// What follows a record's values, if it is not its place.
    jobs: Option<String>,
}

impl RowBuffer {
    /// Makes a buffer for a staging table, without rows.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: Vec::new(),
            jobs: None,
        }
    }

    /// Makes a buffer for a master table that the job fills, without rows.
    #[must_use]
    pub fn of_job(job: JobId) -> Self {
        Self {
            rows: Vec::new(),
            jobs: Some(format!("{job}\t{job}\n")),
        }
    }

    /// Appends a record, which stood in this place in its file.
    #[inline]
    pub fn push(&mut self, record: &impl RecordRef, position: Position) {
        self.push_if(record, position, |_| true);
    }

    /// Appends a record, which stood in this place in its file, if it is wanted.
    ///
    /// `wanted` is shown the record's values as a line of COPY's text format, without line end.
    #[inline]
    pub fn push_if(
        &mut self,
        record: &impl RecordRef,
        position: Position,
        wanted: impl FnOnce(&[u8]) -> bool,
    ) {
        if self.rows.capacity() == 0 {
            self.rows.reserve(FULL_BYTES + ROOM_FOR_ONE_MORE);
        }
        let start = self.rows.len();
        record.visit(self);
        let end = self.rows.len() - 1;
        if !wanted(&self.rows[start..end]) {
            self.rows.truncate(start);
        } else if let Some(jobs) = &self.jobs {
            self.rows.extend_from_slice(jobs.as_bytes());
        } else {
            self.shown(position.line);
            self.shown(position.byte_offset);
            self.end_row();
        }
    }

    /// Tells whether there is enough to be worth sending: 256 KiB.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.rows.len() >= FULL_BYTES
    }

    /// Takes the rows out, as they are to be sent.
    #[must_use]
    pub fn take(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.rows))
    }

    fn end_row(&mut self) {
        if let Some(last) = self.rows.last_mut() {
            *last = b'\n';
        }
    }

    fn shown(&mut self, value: impl std::fmt::Display) {
        write!(self.rows, "{value}\t").expect("a Vec takes every write");
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
        let value = value.as_bytes();
        // Without a way out of the loop, so that it looks at many bytes at once.
        let odd = (value.iter()).fold(false, |odd, &byte| odd | (byte < b' ') | (byte == b'\\'));
        if odd {
            escape(value, &mut self.rows);
        } else {
            self.rows.extend_from_slice(value);
        }
        self.rows.push(b'\t');
    }

    #[inline]
    fn date(&mut self, _: &'static Field, value: Option<Date>) {
        let Some(date) = value else {
            return self.null();
        };
        date.append_to(&mut self.rows);
        self.rows.push(b'\t');
    }

    #[inline]
    fn integer(&mut self, _: &'static Field, value: Option<i32>) {
        match value {
            Some(value) => self.shown(value),
            None => self.null(),
        }
    }

    #[inline]
    fn decimal(&mut self, _: &'static Field, value: Option<Decimal>) {
        let Some(value) = value else {
            return self.null();
        };
        value.append_to(&mut self.rows);
        self.rows.push(b'\t');
    }
}

/// Writes what the format takes for something else, and what the server writes that way too.
#[cold]
fn escape(value: &[u8], rows: &mut Vec<u8>) {
    for &byte in value {
        let letter = match byte {
            b'\\' => b'\\',
            b'\x08' => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            b'\x0B' => b'v',
            b'\x0C' => b'f',
            b'\r' => b'r',
            _ => {
                rows.push(byte);
                continue;
            }
        };
        rows.extend_from_slice(&[b'\\', letter]);
    }
}
