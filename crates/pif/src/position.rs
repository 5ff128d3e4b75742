//! Positions in a file.

use core::fmt;

/// Where a record starts in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line number, counted from 1. Empty lines count.
    pub line: u64,
    /// The offset of the line's first byte in the file, counted from 0.
    pub byte_offset: u64,
}

/// Writes `line 3, byte 120`.
impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, byte {}", self.line, self.byte_offset)
    }
}
