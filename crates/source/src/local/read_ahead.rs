//! Reads on its own thread, a few chunks ahead of the caller.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use bytes::BytesMut;
use tokio::sync::mpsc;

use super::{io_error, thread};
use crate::{Chunk, Error, FileBody, ReadChunks, SourceFuture};

const CHUNK_BYTES: usize = 256 * 1024;

/// How many chunks wait for the caller. Including the chunk being read and the chunk that the caller
/// uses, a body holds six chunks, or 1.5 MiB.
const CHUNKS_AHEAD: usize = 4;

/// The thread's input.
pub(super) trait Input: Send + 'static {
    /// Fills part of the buffer and returns the number of bytes; 0 at the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error>;
}

/// A reader without further checks.
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

/// Starts the thread. `path` is for errors.
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
            // The end has its own message, so a closed channel means that the thread panicked.
            self.chunks
                .recv()
                .await
                .unwrap_or_else(|| Err(thread::panicked("reading", &self.path)))
        })
    }
}

/// Reads until the end or an error, or until the body is dropped, which closes the channel.
fn pump(input: &mut impl Input, sender: &mpsc::Sender<Progress>) {
    let mut block = BytesMut::new();
    loop {
        // Short reads, as from a pipe, share a block, so that no chunk wastes memory.
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
