//! The part of the file that is in memory.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;
use core::str;

/// The buffered bytes, as a string if all of them are valid UTF-8.
///
/// Nearly always they are, and validating many lines at once is much cheaper than line by line.
#[derive(Debug)]
pub(crate) enum Buffer {
    Text(String),
    /// Bytes that are not valid UTF-8: in some line, or because the last character is incomplete.
    Bytes(Vec<u8>),
}

impl Buffer {
    /// Drops the bytes before `start` and appends a chunk.
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

    /// Returns a range of the bytes as text, if they are valid UTF-8.
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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn line_is_text_even_if_its_neighbors_are_not(
            chunks in vec(prop_oneof![
                "[a-zé€𝔸\n]{0,8}".prop_map(String::into_bytes),
                vec(any::<u8>(), 0..4),
            ], 0..6),
            start in any::<prop::sample::Index>(),
        ) {
            let mut buffer = Buffer::default();
            let mut expected = Vec::new();
            for chunk in chunks {
                let start = start.index(expected.len() + 1);
                buffer.replace(start, &chunk);
                expected.drain(..start);
                expected.extend(chunk);
                prop_assert_eq!(buffer.bytes(), expected.as_slice());
                let mut start = 0;
                for line in expected.split(|&byte| byte == b'\n') {
                    let range = start..start + line.len();
                    prop_assert_eq!(buffer.text(range), str::from_utf8(line).ok());
                    start += line.len() + 1;
                }
            }
        }
    }
}
