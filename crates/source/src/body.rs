//! An open file: its metadata, and its content as a stream of chunks.

use std::{fmt, future};

use crate::{Chunk, Error, FileMeta, SourceFuture};

/// An open file: its metadata and its content, both of the same version.
///
/// Dropping it ends the read.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenFile {
    /// The file's metadata at the time it was opened.
    pub meta: FileMeta,
    /// The content, which can be read once and in order.
    pub body: FileBody,
}

impl OpenFile {
    /// Combines metadata and body.
    ///
    /// If the metadata has a size, the body must have it too: content that is shorter or longer is
    /// [`Error::LengthMismatch`].
    #[must_use]
    pub fn new(meta: FileMeta, mut body: FileBody) -> Self {
        body.expected = meta.size.map(|bytes| Expected {
            bytes,
            location: meta.location.clone(),
        });
        Self { meta, body }
    }
}

/// A file's content, as a stream of chunks.
///
/// - **Chunks** are never empty. Their boundaries have no meaning and may differ each time the file
///   is read.
/// - **Completeness.** `Ok(None)` is the end of the version that was opened. A broken connection, a
///   changed file or a wrong size is an error, so a caller that sees no error has the whole file.
///   Discard whatever was read before an error.
/// - **After an error** the body is at its end: every further call returns `Ok(None)`, so that no
///   caller loops forever over a broken disk. Keep the error.
/// - **Memory** is bounded: an implementation reads at most a few chunks ahead and then waits for
///   the caller.
pub struct FileBody {
    /// `None` after the end or an error, which frees the file or connection early.
    reader: Option<Box<dyn ReadChunks>>,
    expected: Option<Expected>,
    received: u64,
}

impl FileBody {
    /// Creates a body from a source's reader.
    pub fn new(reader: impl ReadChunks) -> Self {
        Self {
            reader: Some(Box::new(reader)),
            expected: None,
            received: 0,
        }
    }

    /// Creates a body from chunks in memory, or from chunks followed by an error.
    ///
    /// ```
    /// use cusip_source::FileBody;
    ///
    /// let body = FileBody::from_chunks([Ok(b"037833|".to_vec().into())]);
    /// ```
    pub fn from_chunks<I>(chunks: I) -> Self
    where
        I: IntoIterator<Item = Result<Chunk, Error>>,
        I::IntoIter: Send + 'static,
    {
        Self::new(InMemory(chunks.into_iter()))
    }

    /// Waits for the next chunk; returns `None` at the end.
    ///
    /// Cancel safe: if the future is dropped before it is ready, no byte is lost and the next call
    /// continues.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] if the file changed during the read, [`Error::LengthMismatch`] if the
    /// content does not have the announced size, and any other error of the source, such as
    /// [`Error::Io`].
    pub async fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            let Some(reader) = &mut self.reader else {
                return Ok(None);
            };
            let answer = reader.next_chunk().await;
            match self.check_length(answer) {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => return Ok(Some(chunk)),
                end_or_error => {
                    self.reader = None;
                    return end_or_error;
                }
            }
        }
    }

    /// Reads the rest into memory, for small files and tests.
    ///
    /// Not cancel safe: dropping the future loses what was read.
    ///
    /// # Errors
    ///
    /// The same as [`next_chunk`](Self::next_chunk).
    pub async fn read_to_end(&mut self) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        while let Some(chunk) = self.next_chunk().await? {
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }

    fn check_length(
        &mut self,
        answer: Result<Option<Chunk>, Error>,
    ) -> Result<Option<Chunk>, Error> {
        let answer = answer?;
        self.received += answer.as_ref().map_or(0, |chunk| chunk.len() as u64);
        match &self.expected {
            Some(Expected { bytes, location })
                if self.received > *bytes || (answer.is_none() && self.received < *bytes) =>
            {
                Err(Error::LengthMismatch {
                    location: location.clone(),
                    expected: *bytes,
                    received: self.received,
                })
            }
            _ => Ok(answer),
        }
    }
}

impl fmt::Debug for FileBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FileBody")
            .field("received", &self.received)
            .field("ended", &self.reader.is_none())
            .finish_non_exhaustive()
    }
}

/// A source's reader, which [`FileBody::new`] turns into a body.
pub trait ReadChunks: Send + 'static {
    /// Waits for the next chunk; returns `None` at the end of the file.
    ///
    /// The method is not called again after the end or an error. If the future is dropped, the bytes
    /// read so far must stay in `self`, because the next call continues from there. Chunks may be
    /// empty; [`FileBody`] skips them.
    ///
    /// # Errors
    ///
    /// Any [`Error`]. A broken transfer must be an error, never an end.
    fn next_chunk(&mut self) -> SourceFuture<'_, Result<Option<Chunk>, Error>>;
}

/// The size in the metadata, and the location for the error if the content differs.
struct Expected {
    bytes: u64,
    location: String,
}

struct InMemory<I>(I);

impl<I> ReadChunks for InMemory<I>
where
    I: Iterator<Item = Result<Chunk, Error>> + Send + 'static,
{
    fn next_chunk(&mut self) -> SourceFuture<'_, Result<Option<Chunk>, Error>> {
        Box::pin(future::ready(self.0.next().transpose()))
    }
}
