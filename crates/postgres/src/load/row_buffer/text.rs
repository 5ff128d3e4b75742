//! Values in COPY's text format, each followed by a tab, as the server writes them.

use std::io::Write as _;

use cusip_pif::{Date, Decimal, Field, Position, ValueVisitor};

/// Appends the values of a record.
pub(super) struct TextValues<'a>(pub(super) &'a mut Vec<u8>);

impl TextValues<'_> {
    /// Ends a row of a staging table with the record's position in its file.
    pub(super) fn end_row(&mut self, position: Position) {
        self.shown(position.line);
        self.shown(position.byte_offset);
        if let Some(last) = self.0.last_mut() {
            *last = b'\n';
        }
    }

    fn shown(&mut self, value: impl std::fmt::Display) {
        write!(self.0, "{value}\t").expect("a Vec takes every write");
    }

    fn null(&mut self) {
        self.0.extend_from_slice(b"\\N\t");
    }
}

impl ValueVisitor for TextValues<'_> {
    #[inline]
    fn text(&mut self, _: &'static Field, value: Option<&str>) {
        let Some(value) = value else {
            return self.null();
        };
        let value = value.as_bytes();
        // The loop has no early exit, so that the compiler can check many bytes at once.
        let odd = (value.iter()).fold(false, |odd, &byte| odd | (byte < b' ') | (byte == b'\\'));
        if odd {
            escape(value, self.0);
        } else {
            self.0.extend_from_slice(value);
        }
        self.0.push(b'\t');
    }

    #[inline]
    fn date(&mut self, _: &'static Field, value: Option<Date>) {
        let Some(date) = value else {
            return self.null();
        };
        date.append_to(self.0);
        self.0.push(b'\t');
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
        value.append_to(self.0);
        self.0.push(b'\t');
    }
}

/// Escapes what the format would treat as something else, and what the server escapes too.
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
