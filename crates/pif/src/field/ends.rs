//! Finds where the fields of a line end, 64 bytes at a time.
//!
//! **Please measure before you simplify this file.** `memchr_iter` or `str::split` would be shorter.
//! But fields are about five bytes long, so a search per separator costs more than it saves. With
//! this file and `digits.rs`, the parser is 4.7 times as fast as the `csv` crate; without them, 2.2
//! times (`cargo bench -p cusip-synth`).

use core::ops::Range;

use super::SEPARATOR;

const MOST_FIELDS: usize = 64;
const BLOCK_BYTES: usize = 64;
const ROW_BYTES: usize = 8;
const ENDS_AT_ONCE: usize = 8;

/// For each byte of a block, a bit that stands for its row of eight bytes.
const ROW_BITS: [u8; BLOCK_BYTES] = {
    let mut bits = [0; BLOCK_BYTES];
    let mut index = 0;
    while index < BLOCK_BYTES {
        bits[index] = 1 << (index / ROW_BYTES);
        index += 1;
    }
    bits
};

/// Where the fields of a line end, for lines with up to [`MOST_FIELDS`] fields.
#[derive(Debug)]
pub(crate) struct FieldEnds {
    ends: [u32; MOST_FIELDS + ENDS_AT_ONCE],
    count: usize,
    nul_bytes: bool,
}

impl Default for FieldEnds {
    fn default() -> Self {
        Self::new()
    }
}

impl FieldEnds {
    pub(crate) const fn new() -> Self {
        Self {
            ends: [0; MOST_FIELDS + ENDS_AT_ONCE],
            count: 0,
            nul_bytes: false,
        }
    }

    /// Finds the fields of a line. A line has one more field than it has separators.
    #[inline]
    pub(crate) fn split(&mut self, line: &[u8]) {
        let mut count = 0;
        let mut nul_bytes = false;
        let (blocks, rest) = line.as_chunks::<BLOCK_BYTES>();
        let mut start = 0;
        for block in blocks {
            count = self.add(count, start, bits(block, SEPARATOR));
            nul_bytes |= holds_nul_byte(block);
            start += BLOCK_BYTES;
        }
        let (separators, nul_bytes_of_rest) = match line.last_chunk::<BLOCK_BYTES>() {
            // The last 64 bytes overlap the block before them: shift out what both contain.
            Some(last) => {
                let shift = (BLOCK_BYTES - rest.len()) as u32;
                let separators = bits(last, SEPARATOR).checked_shr(shift).unwrap_or(0);
                (separators, holds_nul_byte(last))
            }
            None => {
                let mut last = [SEPARATOR - 1; BLOCK_BYTES];
                last[..rest.len()].copy_from_slice(rest);
                (bits(&last, SEPARATOR), holds_nul_byte(&last))
            }
        };
        // Add a separator at the end of the line, where the last field ends.
        self.count = self.add(count, start, separators | 1 << rest.len());
        self.nul_bytes = nul_bytes | nul_bytes_of_rest;
    }

    /// Adds the separators of a block, one bit each, and returns the new number of fields.
    #[inline]
    fn add(&mut self, count: usize, start: usize, mut separators: u64) -> usize {
        let new_count = count + separators.count_ones() as usize;
        let mut index = count;
        while separators != 0 && index < MOST_FIELDS {
            // Always store eight ends, even if fewer are left: cheaper than a branch for each.
            let Some(ends) = self.ends[index..].first_chunk_mut::<ENDS_AT_ONCE>() else {
                break;
            };
            for end in ends {
                *end = start as u32 + separators.trailing_zeros();
                separators &= separators.wrapping_sub(1);
            }
            index += ENDS_AT_ONCE;
        }
        new_count
    }

    /// Returns the range of the field with this index within the line.
    #[inline]
    pub(super) const fn field(&self, index: usize) -> Range<usize> {
        let start = match index {
            0 => 0,
            _ => self.ends[index - 1] as usize + 1,
        };
        start..self.ends[index] as usize
    }

    /// Returns whether the line contains a NUL byte.
    pub(crate) const fn has_nul_bytes(&self) -> bool {
        self.nul_bytes
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }
}

/// Returns a bit for each byte of a block that equals `sought`; the lowest bit is the first byte.
///
/// Treats the block as a table with eight rows of eight bytes. It first collects one byte per
/// column, with one bit per row, and then transposes. The compiler vectorizes this form.
#[inline]
fn bits(block: &[u8; BLOCK_BYTES], sought: u8) -> u64 {
    let mut found = *block;
    for (byte, row_bit) in found.iter_mut().zip(&ROW_BITS) {
        *byte = if *byte == sought { *row_bit } else { 0 };
    }
    let (rows, _) = found.as_chunks::<ROW_BYTES>();
    transpose((rows.iter()).fold(0, |columns, row| columns | u64::from_le_bytes(*row)))
}

/// Returns whether a block contains a NUL byte. Checks every byte, which vectorizes well.
#[inline]
fn holds_nul_byte(block: &[u8; BLOCK_BYTES]) -> bool {
    block
        .iter()
        .fold(0, |found, &byte| found | u8::from(byte == 0))
        != 0
}

/// Transposes a table of eight by eight bits (H. S. Warren, "Hacker's Delight", 7-3).
const fn transpose(mut table: u64) -> u64 {
    let mut swapped = (table ^ (table >> 7)) & 0x00AA_00AA_00AA_00AA;
    table ^= swapped ^ (swapped << 7);
    swapped = (table ^ (table >> 14)) & 0x0000_CCCC_0000_CCCC;
    table ^= swapped ^ (swapped << 14);
    swapped = (table ^ (table >> 28)) & 0x0000_0000_F0F0_F0F0;
    table ^ swapped ^ (swapped << 28)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Generates lines of any length with many separators and a few NUL bytes.
    fn line() -> impl Strategy<Value = Vec<u8>> {
        let byte = |separators| {
            prop_oneof![
                separators => Just(SEPARATOR),
                // Bytes that differ from a separator by one bit or by one.
                4 => prop::sample::select(vec![b'{', b'}', b'<', b'x', 0xFC]),
                20 => any::<u8>(),
            ]
        };
        prop_oneof![vec(byte(2), 0..300), vec(byte(40), 0..150)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn line_is_split_at_each_separator(line in line()) {
            let mut ends = FieldEnds::new();
            // A previous line must not affect the result.
            ends.split(&[SEPARATOR; 70]);
            ends.split(&line);
            let fields: Vec<_> = line.split(|&byte| byte == SEPARATOR).collect();
            prop_assert_eq!(ends.count(), fields.len());
            prop_assert_eq!(ends.has_nul_bytes(), line.contains(&0));
            let mut start = 0;
            for (field, &end) in fields.iter().zip(&ends.ends[..MOST_FIELDS]) {
                prop_assert_eq!(&line[start..end as usize], *field);
                start = end as usize + 1;
            }
        }
    }

    #[test]
    fn each_byte_of_a_block_has_its_bit() {
        for index in 0..BLOCK_BYTES {
            let mut block = [b'x'; BLOCK_BYTES];
            block[index] = SEPARATOR;
            assert_eq!(bits(&block, SEPARATOR), 1 << index);
        }
    }
}
