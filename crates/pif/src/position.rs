//! Where in a file something is.

use std::fmt;

/// Where a record begins in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line, counted from 1. Empty lines count.
    pub line: u64,
    /// The offset of the line's first byte, counted from 0.
    pub byte_offset: u64,
}

/// Shows `line 3, byte 120`.
impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, byte {}", self.line, self.byte_offset)
    }
}
