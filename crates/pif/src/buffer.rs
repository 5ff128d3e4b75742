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
    /// Appends a chunk. First it may drop the `used` bytes at the start; returns how many it dropped.
    ///
    /// The time depends on the size of the chunk, not on how many unused bytes there are: they are
    /// moved only if at least as many are dropped, and validated again only if the chunk is larger.
    pub(crate) fn push(&mut self, used: usize, chunk: &[u8]) -> usize {
        let unused = self.as_ref().len() - used;
        let dropped = if unused <= used { used } else { 0 };
        match self {
            Self::Text(text) => {
                text.drain(..dropped);
                match str::from_utf8(chunk) {
                    Ok(chunk) => text.push_str(chunk),
                    Err(_) => {
                        let mut bytes = mem::take(text).into_bytes();
                        bytes.extend_from_slice(chunk);
                        *self = Self::Bytes(bytes);
                    }
                }
            }
            Self::Bytes(bytes) => {
                bytes.drain(..dropped);
                bytes.extend_from_slice(chunk);
                if bytes.len() - chunk.len() <= chunk.len() {
                    *self = match String::from_utf8(mem::take(bytes)) {
                        Ok(text) => Self::Text(text),
                        Err(error) => Self::Bytes(error.into_bytes()),
                    };
                }
            }
        }
        dropped
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

impl AsRef<[u8]> for Buffer {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
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
                let mut used = start.index(expected.len() + 1);
                // As in the parser, the unused bytes do not start within a character.
                while used > 0 && expected.get(used).is_some_and(|byte| byte & 0xC0 == 0x80) {
                    used -= 1;
                }
                let dropped = buffer.push(used, &chunk);
                prop_assert!(dropped <= used);
                expected.drain(..dropped);
                expected.extend(chunk);
                prop_assert_eq!(buffer.as_ref(), expected.as_slice());
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
