//! Splits bytes into lines and recognizes the trailer.
//!
//! The meaning of two kinds of lines depends on what follows them. A line that starts with `999999`
//! is the trailer if no record follows, and otherwise an ordinary record. A line of DOS end-of-file
//! bytes ends the file if no record follows, and otherwise is a bad record. Such lines are held back
//! until the next line or the end of the file decides.

#[cfg(feature = "std")]
mod parts;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ops::Range;
use core::str;

use memchr::memchr;

use crate::buffer::Buffer;
use crate::field::SEPARATOR;
use crate::position::Position;
use crate::trailer::Trailer;

/// The maximum length of a line in bytes, before its line feed. The longest valid record has less
/// than 8 KiB.
pub(crate) const MOST_LINE_BYTES: usize = 64 * 1024;

pub(crate) const DOS_END_OF_FILE: u8 = 0x1A;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const MOST_HELD_LINES: usize = 64;

/// The lines of a file whose bytes arrive in chunks of any size, or of a part of a file in memory.
///
/// [`advance`](Self::advance) moves to the next line, which the other methods then return.
#[derive(Debug, Default)]
pub(crate) struct Lines<B> {
    buffer: B,
    buffer_offset: u64,
    start: usize,
    searched: usize,
    line_number: u64,
    /// Whether a byte order mark can no longer follow.
    begun: bool,
    ended: bool,
    /// Whether a record follows the last byte, so that no line here is the trailer.
    record_follows: bool,
    passing_over: bool,
    held: VecDeque<HeldLine>,
    released: usize,
    line: Line,
    current: Vec<u8>,
}

/// A line that is neither empty nor the end-of-file byte that ends a file.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) position: Position,
    pub(crate) role: LineRole,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LineRole {
    #[default]
    Record,
    TooLong,
    Trailer,
}

#[derive(Debug, Default)]
enum Place {
    Buffer(Range<usize>),
    #[default]
    Current,
}

#[derive(Debug)]
struct HeldLine {
    position: Position,
    bytes: Vec<u8>,
}

/// A line in the buffer as delimited by line feeds, or the first part of a line that is too long.
struct PhysicalLine {
    content: Range<usize>,
    next: usize,
    terminated: bool,
    too_long: bool,
}

impl Lines<Buffer> {
    /// Adds the next bytes of the file.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        let dropped = self.buffer.push(self.start, chunk);
        self.buffer_offset += dropped as u64;
        self.searched -= dropped;
        self.start -= dropped;
        if !self.begun {
            self.skip_byte_order_mark();
        }
    }

    /// Marks the end of the file: no more bytes follow.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Returns the text of the current line, if it is valid UTF-8.
    #[inline]
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.line.place {
            Place::Buffer(range) => self.buffer.text(range.clone()),
            Place::Current => str::from_utf8(&self.current).ok(),
        }
    }
}

impl<B: AsRef<[u8]>> Lines<B> {
    /// Skips a UTF-8 byte order mark at the beginning of the file, once enough bytes are there.
    fn skip_byte_order_mark(&mut self) {
        let beginning = self.buffer.as_ref();
        if beginning.starts_with(BYTE_ORDER_MARK) {
            self.start = BYTE_ORDER_MARK.len();
            self.searched = self.start;
        }
        self.begun = !BYTE_ORDER_MARK.starts_with(beginning) || self.start > 0;
    }

    /// Moves to the next line.
    ///
    /// Returns false if it needs more bytes or, after [`end`](Self::end), at the end of the file.
    #[inline]
    pub(crate) fn advance(&mut self) -> bool {
        loop {
            if self.released > 0 {
                self.released -= 1;
                return self.take_held(LineRole::Record);
            }
            if self.passing_over && !self.pass_over() {
                return false;
            }
            let Some(physical) = self.find() else {
                if self.record_follows && !self.held.is_empty() {
                    self.released = self.held.len();
                    continue;
                }
                return self.at_end();
            };
            let line = &self.buffer.as_ref()[physical.content.clone()];
            if line.is_empty() {
                self.consume(physical.next);
                continue;
            }
            // A line that is too long is a bad record, however it starts. It is never held back,
            // because that would mean keeping all of it in memory.
            let only_end_of_file =
                !physical.too_long && line.iter().all(|&byte| byte == DOS_END_OF_FILE);
            if !self.held.is_empty() && (!only_end_of_file || self.held.len() == MOST_HELD_LINES) {
                self.released = self.held.len();
                continue;
            }
            if only_end_of_file || !physical.too_long && starts_like_trailer(line) {
                let bytes = line.to_vec();
                self.held.push_back(HeldLine {
                    position: self.position(),
                    bytes,
                });
                self.consume(physical.next);
                continue;
            }
            self.take(physical);
            return true;
        }
    }

    /// Returns the current line.
    #[inline]
    pub(crate) const fn line(&self) -> &Line {
        &self.line
    }

    /// Returns the bytes of the current line, without the line ending.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.line.place {
            Place::Buffer(range) => &self.buffer.as_ref()[range.clone()],
            Place::Current => &self.current,
        }
    }

    /// Finds the line that starts at `start`, or returns `None` until its end arrives.
    #[inline]
    fn find(&mut self) -> Option<PhysicalLine> {
        let buffer = self.buffer.as_ref();
        let unsearched = &buffer[self.searched..];
        let (end, next, terminated) = match memchr(b'\n', unsearched) {
            Some(index) => (self.searched + index, self.searched + index + 1, true),
            None => {
                let end = buffer.len();
                self.searched = end;
                let complete = self.ended && end > self.start;
                if !complete && end - self.start <= MOST_LINE_BYTES {
                    return None;
                }
                (end, end, false)
            }
        };
        // Check the length before stripping the line ending: with another chunk size, only part of
        // the ending would have arrived here, and the result must be the same.
        if end - self.start > MOST_LINE_BYTES {
            return Some(PhysicalLine {
                content: self.start..self.start + MOST_LINE_BYTES,
                next,
                terminated,
                too_long: true,
            });
        }
        let mut line = &buffer[self.start..end];
        // A line without a line feed is the last of the file.
        if !terminated {
            while let Some(rest) = line.strip_suffix(&[DOS_END_OF_FILE]) {
                line = rest;
            }
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(PhysicalLine {
            content: self.start..self.start + line.len(),
            next,
            terminated,
            too_long: false,
        })
    }

    #[inline]
    fn take(&mut self, physical: PhysicalLine) {
        self.line.position = self.position();
        self.line.role = if physical.too_long {
            LineRole::TooLong
        } else {
            LineRole::Record
        };
        self.line.place = Place::Buffer(physical.content);
        self.passing_over = physical.too_long && !physical.terminated;
        self.consume(physical.next);
    }

    /// Drops the rest of a line that is too long. Returns false until its end arrives.
    fn pass_over(&mut self) -> bool {
        let buffer = self.buffer.as_ref();
        let found = memchr(b'\n', &buffer[self.start..]);
        self.start = found.map_or(buffer.len(), |index| self.start + index + 1);
        self.searched = self.start;
        self.passing_over = found.is_none();
        !self.passing_over
    }

    fn at_end(&mut self) -> bool {
        if !self.ended || self.start < self.buffer.as_ref().len() {
            return false;
        }
        let trailer = (self.held.front()).is_some_and(|line| starts_like_trailer(&line.bytes));
        let found = trailer && self.take_held(LineRole::Trailer);
        self.held.clear();
        found
    }

    fn take_held(&mut self, role: LineRole) -> bool {
        let Some(held) = self.held.pop_front() else {
            return false;
        };
        self.current = held.bytes;
        self.line = Line {
            position: held.position,
            role,
            place: Place::Current,
        };
        true
    }

    fn consume(&mut self, next: usize) {
        self.start = next;
        self.searched = next;
        self.line_number += 1;
    }

    fn position(&self) -> Position {
        Position {
            line: self.line_number + 1,
            byte_offset: self.buffer_offset + self.start as u64,
        }
    }
}

/// Returns whether the first field is that of a trailer. Blanks may follow its number.
fn starts_like_trailer(line: &[u8]) -> bool {
    line.strip_prefix(Trailer::NUMBER.as_bytes())
        .is_some_and(|rest| {
            let blanks = rest.iter().take_while(|byte| [b' ', b'\t'].contains(byte));
            let rest = &rest[blanks.count()..];
            rest.first() == Some(&SEPARATOR) || rest.iter().all(|&byte| byte == DOS_END_OF_FILE)
        })
}
