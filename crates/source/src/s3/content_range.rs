//! The range of an object that a response contains.

use std::ops::Range;

/// The header `Content-Range`: `bytes 0-4194303/209715200`.
pub(super) struct ContentRange {
    pub(super) range: Range<u64>,
    pub(super) size: u64,
}

impl ContentRange {
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (range, size) = header.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let last: u64 = last.parse().ok()?;
        Some(Self {
            range: first.parse().ok()?..last.checked_add(1)?,
            size: size.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_has_range_and_size() {
        let parsed = ContentRange::parse("bytes 100-199/300").unwrap();
        assert_eq!((parsed.range, parsed.size), (100..200, 300));
    }

    #[test]
    fn other_forms_are_not_parsed() {
        for header in [
            "",
            "bytes */300",
            "bytes 0-99/*",
            "100-199/300",
            "bytes 0-18446744073709551615/300",
        ] {
            assert!(ContentRange::parse(header).is_none(), "{header:?}");
        }
    }
}
