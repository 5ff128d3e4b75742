//! A piece of a file's content.

use std::{fmt, ops::Deref};

use bytes::Bytes;

/// A piece of a file's content, cheap to clone.
///
/// Clones share the bytes. A chunk may be part of a larger block, which stays in memory as long as
/// any of its chunks. To keep a few bytes for a long time, copy them.
///
/// ```
/// use cusip_source::Chunk;
///
/// let chunk = Chunk::from(b"037833|10".to_vec());
/// assert_eq!(&chunk[..6], b"037833");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk(Bytes);

#[cfg(feature = "local")]
impl Chunk {
    pub(crate) fn from_bytes(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Chunk {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Bytes::from(bytes))
    }
}

impl From<&'static [u8]> for Chunk {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Bytes::from_static(bytes))
    }
}

/// Shows only the length: the bytes are licensed data and must not appear in a log.
impl fmt::Debug for Chunk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Chunk({} bytes)", self.len())
    }
}
