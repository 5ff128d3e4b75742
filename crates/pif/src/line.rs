//! Splits bytes into lines, and tells which line is the file's trailer.
//!
//! Two kinds of line can only be understood by what comes after them: one that starts with
//! `999999` is the trailer if no record follows, and else a record like any other; one that holds
//! nothing but the DOS end-of-file byte ends the file if no record follows, and is else a bad
//! record. Such lines are held back until the next line or the end tells.

use std::collections::VecDeque;
use std::ops::Range;
use std::str;

use memchr::memchr;

use crate::buffer::Buffer;
use crate::field::SEPARATOR;
use crate::position::Position;
use crate::trailer::Trailer;

/// The most bytes that a line may have before its line feed. The longest valid record has less than
/// 8 KiB.
pub(crate) const MOST_LINE_BYTES: usize = 64 * 1024;

pub(crate) const DOS_END_OF_FILE: u8 = 0x1A;

const MOST_HELD_LINES: usize = 64;

/// The lines of a file whose bytes come in chunks of any size.
///
/// The line at hand is kept here and not handed out: it is looked at once for every record.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    buffer: Buffer,
    buffer_offset: u64,
    start: usize,
    searched: usize,
    line_number: u64,
    ended: bool,
    passing_over: bool,
    held: VecDeque<HeldLine>,
    released: usize,
    line: Line,
    current: Vec<u8>,
}

/// A line that is neither empty nor just the end-of-file byte at the end.
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

/// A line as the line ends make it, in the buffer. Of a line that is too long, the beginning.
struct PhysicalLine {
    content: Range<usize>,
    next: usize,
    terminated: bool,
    too_long: bool,
}

impl Lines {
    /// Takes the next bytes of the file.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.buffer.replace(self.start, chunk);
        self.buffer_offset += self.start as u64;
        self.searched -= self.start;
        self.start = 0;
    }

    /// Says that no more bytes come.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Goes to the next line. Without one, more bytes are needed, or the file is at its end.
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
                return self.at_end();
            };
            let line = &self.buffer.bytes()[physical.content.clone()];
            if line.is_empty() {
                self.consume(physical.next);
                continue;
            }
            // A line that is too long is a bad record whatever it begins with: to hold it back
            // would mean to keep all of it.
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

    /// Returns the line at hand.
    #[inline]
    pub(crate) const fn line(&self) -> &Line {
        &self.line
    }

    /// Returns the bytes of the line at hand, without the line end.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.line.place {
            Place::Buffer(range) => &self.buffer.bytes()[range.clone()],
            Place::Current => &self.current,
        }
    }

    /// Returns the text of the line at hand, if it is UTF-8.
    #[inline]
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.line.place {
            Place::Buffer(range) => self.buffer.text(range.clone()),
            Place::Current => str::from_utf8(&self.current).ok(),
        }
    }

    /// Finds the line that starts at `start`, unless its end has not come yet.
    #[inline]
    fn find(&mut self) -> Option<PhysicalLine> {
        let buffer = self.buffer.bytes();
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
        // Judged before anything is stripped from the line's end: where a chunk ends within it,
        // that end has yet to come.
        if end - self.start > MOST_LINE_BYTES {
            return Some(PhysicalLine {
                content: self.start..self.start + MOST_LINE_BYTES,
                next,
                terminated,
                too_long: true,
            });
        }
        let mut line = &buffer[self.start..end];
        // What is left without a line feed here is the end of the file.
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

    /// Drops the rest of a line that is too long. False while its end has not come.
    fn pass_over(&mut self) -> bool {
        let buffer = self.buffer.bytes();
        let found = memchr(b'\n', &buffer[self.start..]);
        self.start = found.map_or(buffer.len(), |index| self.start + index + 1);
        self.searched = self.start;
        self.passing_over = found.is_none();
        !self.passing_over
    }

    fn at_end(&mut self) -> bool {
        if !self.ended || self.start < self.buffer.bytes().len() {
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

fn starts_like_trailer(line: &[u8]) -> bool {
    line.strip_prefix(Trailer::NUMBER.as_bytes())
        .is_some_and(|rest| {
            rest.first() == Some(&SEPARATOR) || rest.iter().all(|&byte| byte == DOS_END_OF_FILE)
        })
}
