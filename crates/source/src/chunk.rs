//! Pieces of a file's content.

use std::{fmt, ops::Deref};

use bytes::Bytes;

/// A piece of a file's content: bytes that are cheap to clone and to pass on.
///
/// A clone shares the bytes. A chunk may be a part of a larger block, which lives as long as any
/// chunk of it; a program that keeps a few bytes for long should copy them.
///
/// ```
/// use cusip_source::Chunk;
///
/// let chunk = Chunk::from(b"037833|10".to_vec());
/// assert_eq!(&chunk[..6], b"037833");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk(Bytes);

impl Chunk {
    /// Makes a chunk of whatever owns the bytes, without copying them.
    ///
    /// For implementations whose bytes come in another library's buffers.
    pub fn from_owner(owner: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self(Bytes::from_owner(owner))
    }

    #[cfg(feature = "local")]
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

/// Shows the length alone: the bytes are licensed data and do not belong into a log.
impl fmt::Debug for Chunk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Chunk({} bytes)", self.len())
    }
}
