//! Reading on a thread of its own, a few chunks ahead of the caller.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use bytes::BytesMut;
use tokio::sync::mpsc;

use super::{io_error, thread};
use crate::{Chunk, Error, FileBody, ReadChunks, SourceFuture};

const CHUNK_BYTES: usize = 256 * 1024;

/// How many chunks wait for the caller. With the one in the thread's hands and the one in the
/// caller's, a body holds six: 1.5 MiB.
const CHUNKS_AHEAD: usize = 4;

/// What the thread reads from.
pub(super) trait Input: Send + 'static {
    /// Fills a part of the buffer and says how much; 0 is the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error>;
}

/// A reader as it is, whose end is the end.
pub(super) struct Plain<R> {
    pub(super) reader: R,
    pub(super) path: PathBuf,
}

impl<R: Read + Send + 'static> Input for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        read_uninterrupted(&mut self.reader, buffer)
            .map_err(|error| io_error("reading", &self.path, error))
    }
}

/// Starts to read; `path` is for errors.
pub(super) fn start(mut input: impl Input, path: PathBuf) -> Result<FileBody, Error> {
    let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
    thread::spawn("reading", &path, move || pump(&mut input, &sender))?;
    Ok(FileBody::new(ReadAhead { chunks, path }))
}

pub(super) fn read_uninterrupted(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}

type Progress = Result<Option<Chunk>, Error>;

struct ReadAhead {
    chunks: mpsc::Receiver<Progress>,
    path: PathBuf,
}

impl ReadChunks for ReadAhead {
    fn next_chunk(&mut self) -> SourceFuture<'_, Progress> {
        Box::pin(async {
            // The end is a message, so a closed channel is a thread that died, and no end.
            self.chunks
                .recv()
                .await
                .unwrap_or_else(|| Err(thread::panicked("reading", &self.path)))
        })
    }
}

/// Reads until the end, an error, or until the body is dropped, which closes the channel.
fn pump(input: &mut impl Input, sender: &mpsc::Sender<Progress>) {
    let mut block = BytesMut::new();
    loop {
        // Short reads, as from a pipe, share a block: no chunk costs more than its own bytes.
        if block.is_empty() {
            block = BytesMut::zeroed(CHUNK_BYTES);
        }
        let progress = input
            .read(&mut block)
            .map(|length| (length > 0).then(|| Chunk::from_bytes(block.split_to(length).freeze())));
        let ended = !matches!(progress, Ok(Some(_)));
        if sender.blocking_send(progress).is_err() || ended {
            return;
        }
    }
}
