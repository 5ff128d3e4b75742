//! Lines of a file in memory, whole or in parts.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::{DOS_END_OF_FILE, Lines, starts_like_trailer};

impl<'a> Lines<&'a [u8]> {
    /// Returns the lines of a file in memory.
    pub(crate) fn of_file(file: &'a [u8]) -> Self {
        let mut lines = Self {
            buffer: file,
            ended: true,
            ..Self::default()
        };
        lines.skip_byte_order_mark();
        lines
    }

    /// Splits a file in memory into at most this many parts, of about the same size.
    ///
    /// Each part except the first starts with a line that is a record whatever follows it. So only
    /// the last part can contain the trailer.
    pub(crate) fn parts(file: &'a [u8], count: usize) -> Vec<Self> {
        let size = file.len().div_ceil(count.max(1));
        let mut parts = Vec::new();
        let mut rest = Self::of_file(file);
        for target in (1..count).map(|index| index * size) {
            let start = rest.buffer_offset as usize;
            let Some(end) = start_of_record(file, target.max(start + 1)) else {
                break;
            };
            let part = &file[start..end];
            let line_number = rest.line_number + memchr_iter(b'\n', part).count() as u64;
            parts.push(Self {
                buffer: part,
                record_follows: true,
                ..rest
            });
            rest = Self {
                buffer: &file[end..],
                buffer_offset: end as u64,
                line_number,
                begun: true,
                ended: true,
                ..Self::default()
            };
        }
        parts.push(rest);
        parts
    }

    /// Returns all bytes of the part.
    pub(crate) const fn part(&self) -> &'a [u8] {
        self.buffer
    }

    /// Returns the range of the current line in the part, without the line ending.
    #[inline]
    pub(crate) fn range(&self) -> Range<usize> {
        let start = (self.line.position.byte_offset - self.buffer_offset) as usize;
        start..start + self.bytes().len()
    }
}

/// Returns where the first line at or after `from` starts that is a record whatever follows it.
fn start_of_record(file: &[u8], from: usize) -> Option<usize> {
    let mut start = from + memchr(b'\n', file.get(from - 1..)?)?;
    loop {
        let line = &file[start..start + memchr(b'\n', &file[start..])?];
        let next = start + line.len() + 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !starts_like_trailer(line) && !line.iter().all(|&byte| byte == DOS_END_OF_FILE) {
            return Some(start);
        }
        start = next;
    }
}
