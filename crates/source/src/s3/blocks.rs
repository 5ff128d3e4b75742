//! A part of an object, in memory.

use std::{mem, ops::Range};

use crate::Chunk;

/// The caller frees one block at a time.
const BLOCK_BYTES: usize = 256 * 1024;

/// The bytes of a range received so far.
pub(super) struct Blocks {
    full: Vec<Vec<u8>>,
    filling: Vec<u8>,
    next: u64,
    end: u64,
}

impl Blocks {
    pub(super) fn new(range: Range<u64>) -> Self {
        Self {
            full: Vec::new(),
            filling: Vec::new(),
            next: range.start,
            end: range.end,
        }
    }

    /// Returns the offset of the next byte in the object.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn missing(&self) -> u64 {
        self.end - self.next
    }

    /// Appends bytes, up to the end of the range.
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.missing() > 0 {
            if self.filling.capacity() == 0 {
                let size = usize::try_from(self.missing()).unwrap_or(BLOCK_BYTES);
                self.filling = Vec::with_capacity(size.min(BLOCK_BYTES));
            }
            let room = self.filling.capacity() - self.filling.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.filling.extend_from_slice(now);
            self.next += now.len() as u64;
            bytes = later;
            if self.filling.len() == self.filling.capacity() {
                self.full.push(mem::take(&mut self.filling));
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<Chunk> {
        self.full.push(self.filling);
        self.full.into_iter().map(Chunk::from).collect()
    }
}
