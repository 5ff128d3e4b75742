//! It makes no difference how the bytes of a file are divided into chunks.

use cusip_pif::{Issuer, ParseOptions, Record};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::seen::{parse, parse_chunks};
use crate::strategies::{chunks, garbage, long_line};

fn parse_both_ways<R: Record>(file: &[u8], chunks: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let chunks = chunks.iter().map(Vec::as_slice);
    let chunked = parse_chunks::<R>(ParseOptions::default(), chunks);
    prop_assert!(chunked == parse::<R>(file));
    Ok(())
}

/// Generates garbage between lines of about the maximum length.
fn long_garbage() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![garbage(), long_line()];
    vec(pieces, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn chunks_of_any_size_give_the_same_events((file, chunks) in chunks(garbage())) {
        parse_both_ways::<Issuer>(&file, &chunks)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chunks_of_any_size_give_the_same_events_for_long_lines(
        (file, chunks) in chunks(long_garbage()),
    ) {
        parse_both_ways::<Issuer>(&file, &chunks)?;
    }
}
