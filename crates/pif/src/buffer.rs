//! The bytes of the file that are at hand.

use std::mem;
use std::ops::Range;
use std::str;

/// Bytes that are known to be text, if they are.
///
/// Nearly always all of them are. To find that out for many lines at once costs far less than for
/// each line by itself.
#[derive(Debug)]
pub(crate) enum Buffer {
    Text(String),
    /// Bytes that are not UTF-8 as a whole: some line is not, or a character is not whole yet.
    Bytes(Vec<u8>),
}

impl Buffer {
    /// Drops the bytes before `start`, and adds a chunk to the others.
    pub(crate) fn replace(&mut self, start: usize, chunk: &[u8]) {
        let mut bytes = match mem::take(self) {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        };
        bytes.drain(..start);
        bytes.extend_from_slice(chunk);
        *self = match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        };
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// Returns some of the bytes as text, if they are UTF-8.
    #[inline]
    pub(crate) fn text(&self, range: Range<usize>) -> Option<&str> {
        match self {
            Self::Text(text) => text.get(range),
            Self::Bytes(bytes) => str::from_utf8(&bytes[range]).ok(),
        }
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::Text(String::new())
    }
}
