//! Lines at and beyond the limit of 64 KiB. All bytes before the line feed count.

use cusip_pif::{Issuer, ParseOptions, Rule};
use rstest::rstest;

use crate::sample::A;
use crate::seen::{Seen, outline, parse, parse_chunks};

const MOST: usize = 64 * 1024;

/// Chunk sizes that end a chunk just before and just after each interesting position.
const CHUNK_SIZES: [usize; 9] = [
    1,
    4_099,
    MOST - 1,
    MOST,
    MOST + 1,
    MOST + 2,
    MOST + 3,
    MOST + 4,
    2 * MOST,
];

/// Parses a file, and checks that chunks of many sizes give the same events.
fn parse_in_chunks(file: &[u8]) -> Vec<Seen<Issuer>> {
    let seen = parse::<Issuer>(file);
    for size in CHUNK_SIZES {
        let chunked = parse_chunks::<Issuer>(ParseOptions::default(), file.chunks(size));
        assert!(chunked == seen, "chunks of {size} bytes");
    }
    seen
}

/// Returns a line with this start, filled up to this length.
fn filled(start: &str, filler: char, length: usize) -> String {
    start.to_owned() + &String::from(filler).repeat(length - start.len())
}

#[rstest]
#[case::line_feed("\n")]
#[case::end_of_the_file("")]
fn line_of_maximum_length_is_parsed(#[case] line_end: &str) {
    let file = filled("x", 'x', MOST) + line_end;
    let faults = parse_in_chunks(file.as_bytes()).remove(0).into_faults();
    assert!(matches!(faults[0].rule, Rule::FieldCount { .. }));
}

#[test]
fn carriage_return_counts_toward_the_length() {
    let file = filled("x", 'x', MOST - 1) + "\r\n";
    let faults = parse_in_chunks(file.as_bytes()).remove(0).into_faults();
    assert!(matches!(faults[0].rule, Rule::FieldCount { .. }));
    let file = filled("x", 'x', MOST) + "\r\n";
    let faults = parse_in_chunks(file.as_bytes()).remove(0).into_faults();
    assert_eq!(faults[0].rule, Rule::LineTooLong { max: MOST });
}

#[rstest]
#[case::by_one_byte(MOST + 1, "\n")]
#[case::by_one_byte_before_both(MOST + 1, "\r\n")]
#[case::by_a_carriage_return(MOST, "\r\n")]
#[case::by_two_bytes(MOST + 2, "\r\n")]
#[case::by_far(5 * MOST, "\r\n")]
fn too_long_line_is_skipped_and_the_next_is_read(#[case] length: usize, #[case] line_end: &str) {
    let long = filled("037833|", 'x', length) + line_end;
    let file = format!("{A}\n{long}{A}\n\n{A}\r\n999999|4\r\n");
    let seen = parse_in_chunks(file.as_bytes());
    let Seen::BadRecord {
        raw_line, faults, ..
    } = &seen[1]
    else {
        panic!("not a bad record");
    };
    assert!(*raw_line == long.as_bytes()[..MOST]);
    assert_eq!((faults[0].field, &faults[0].value), (None, &None));
    let third = 22 + long.len();
    assert_eq!(
        outline::<Issuer>(&file),
        [
            "line 1, byte 0: record 00000A".to_owned(),
            "line 2, byte 22: bad record, line_too_long".to_owned(),
            format!("line 3, byte {third}: record 00000A"),
            format!("line 5, byte {}: record 00000A", third + 23),
            format!("line 6, byte {}: trailer 999999|4", third + 46),
        ]
    );
}

#[rstest]
#[case::of_a_record("037833|", 'x')]
#[case::like_the_trailer("999999|", '1')]
#[case::of_fields("999999|", '|')]
#[case::of_end_of_file_bytes("\u{1a}", '\u{1a}')]
#[case::of_carriage_returns("\r", '\r')]
#[case::of_the_trailers_number_and_end_of_file_bytes("999999", '\u{1a}')]
fn too_long_line_is_a_bad_record_at_any_position(#[case] start: &str, #[case] filler: char) {
    for length in [MOST + 1, MOST + 2, 2 * MOST + 7] {
        let long = filled(start, filler, length);
        let alone = "line 1, byte 0: bad record, line_too_long".to_owned();
        for line_end in ["", "\n", "\r\n", "\r", "\u{1a}", "\r\n\u{1a}"] {
            let file = format!("{long}{line_end}");
            assert_eq!(parse_in_chunks(file.as_bytes()).len(), 1);
            assert_eq!(outline::<Issuer>(file), [alone.as_str()]);
        }
        let file = format!("999999|1\n{long}\n999999|1\n");
        let expected = [
            "line 1, byte 0: bad record, field_count".to_owned(),
            "line 2, byte 9: bad record, line_too_long".to_owned(),
            format!("line 3, byte {}: trailer 999999|1", length + 10),
        ];
        assert_eq!(parse_in_chunks(file.as_bytes()).len(), 3);
        assert_eq!(outline::<Issuer>(file), expected);
    }
}

#[test]
fn end_of_file_byte_counts_toward_the_length() {
    let file = filled("x", 'x', MOST) + "\u{1a}";
    let faults = parse_in_chunks(file.as_bytes()).remove(0).into_faults();
    assert_eq!(faults[0].rule, Rule::LineTooLong { max: MOST });
}

#[test]
fn longest_trailer_is_a_trailer() {
    let text = filled("999999|", '0', MOST - 1) + "\r\n";
    assert!(parse_in_chunks(text.as_bytes()).remove(0).is_trailer());
}
