//! A file being read: its metadata and its content as a stream of chunks.

use std::{fmt, future};

use crate::{Chunk, Error, FileMeta, SourceFuture};

/// A file being read: what is known about it, and its content.
///
/// Both are of the same version of the file. Dropping it ends the reading.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenFile {
    /// What the source said about the file when it was opened.
    pub meta: FileMeta,
    /// The content, to be read once and in order.
    pub body: FileBody,
}

impl OpenFile {
    /// Puts metadata and body together.
    ///
    /// Where the metadata states a size, the body is held against it from now on: content that
    /// ends early or goes on after it is [`Error::LengthMismatch`].
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
/// - **Chunks** are never empty. Their boundaries mean nothing and may differ from one reading of
///   the file to the next.
/// - **Completeness**: `Ok(None)` is the end of the file, and of the version of it that was
///   opened. A connection that breaks off, a file that changes or a size that does not come out
///   right is an error, so a caller that saw no error has the whole file. What came before an
///   error is not a file: discard it.
/// - **After an error** the body is at its end: every further call answers `Ok(None)`, so that
///   nobody loops for ever over a dead disk. Remember the error.
/// - **Memory** is bounded: an implementation reads ahead by a few chunks at most and then waits
///   for the caller.
pub struct FileBody {
    /// None once the end or an error was reached, which also frees the file or connection early.
    reader: Option<Box<dyn ReadChunks>>,
    expected: Option<Expected>,
    received: u64,
}

impl FileBody {
    /// Makes a body of a source's own way of reading.
    pub fn new(reader: impl ReadChunks) -> Self {
        Self {
            reader: Some(Box::new(reader)),
            expected: None,
            received: 0,
        }
    }

    /// Makes a body of chunks that are already in memory, or of an error after some of them.
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

    /// Waits for the next chunk; `None` at the end.
    ///
    /// Cancel safe: when the future is dropped before it is ready, no byte is lost, and the next
    /// call goes on where this one was.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] when the file changed while it was read, [`Error::LengthMismatch`] when
    /// the content does not have the stated size, and whatever else the source reports, such as
    /// [`Error::Io`].
    pub async fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            let Some(reader) = &mut self.reader else {
                return Ok(None);
            };
            let answer = reader.next_chunk().await;
            match self.judge(answer) {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => return Ok(Some(chunk)),
                end_or_error => {
                    self.reader = None;
                    return end_or_error;
                }
            }
        }
    }

    /// Reads the rest into memory: for small files, and for tests.
    ///
    /// Not cancel safe: what was read is lost when the future is dropped.
    ///
    /// # Errors
    ///
    /// Those of [`next_chunk`](Self::next_chunk).
    pub async fn read_to_end(&mut self) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        while let Some(chunk) = self.next_chunk().await? {
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }

    fn judge(&mut self, answer: Result<Option<Chunk>, Error>) -> Result<Option<Chunk>, Error> {
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

/// A source's own way of reading a file, from which [`FileBody::new`] makes a body.
pub trait ReadChunks: Send + 'static {
    /// Waits for the next chunk; `None` at the end of the file, after which it is not called again.
    ///
    /// What is half read when the future is dropped must be kept in `self`: the next call goes on
    /// from there. Chunks may be empty; [`FileBody`] passes over them.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; it ends the reading, the method is not called again. A break in the
    /// transfer must be an error and never an end.
    fn next_chunk(&mut self) -> SourceFuture<'_, Result<Option<Chunk>, Error>>;
}

/// The size that the metadata states, and the location to say when it is not met.
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
