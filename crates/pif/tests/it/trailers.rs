//! Which line is the trailer, and when it verifies the file.

use cusip_pif::{Issuer, Trailer};
use rstest::rstest;

use crate::sample::{A, B};
use crate::seen::{Seen, outline, parse};

/// A record whose issuer number is the trailer's number.
const TEST_ISSUER: &str = "999999|||||||||||||||";

const FIRST: &str = "line 1, byte 0: record 00000A";

/// Returns the trailer of a file and the number of its data records.
fn trailer(file: impl AsRef<[u8]>) -> (Trailer, u64) {
    let mut seen = parse::<Issuer>(file);
    match seen.pop() {
        Some(Seen::Trailer(trailer)) => (trailer, seen.len() as u64),
        other => panic!("the last event is not the trailer: {other:?}"),
    }
}

#[rstest]
#[case::number_alone("999999")]
#[case::number_and_nothing("999999|")]
#[case::count("999999|1")]
#[case::count_and_day("999999|0000000001|2024-01-15")]
#[case::as_many_fields_as_a_record(TEST_ISSUER)]
#[case::more_fields_than_a_record(
    "999999|||||||||||||||||1|||||||||||||||||||||||||||||||||||||||||||||||||"
)]
#[case::unreadable_fields("999999|\0|\u{1}|a \"b\"")]
fn last_line_that_starts_with_the_number_is_the_trailer(#[case] text: &str) {
    for line_end in [
        "",
        "\n",
        "\r\n",
        "\n\u{1a}",
        "\u{1a}\r\n",
        "\r\n\r\n\u{1a}\r\n",
    ] {
        let expected = [FIRST.to_owned(), format!("line 2, byte 22: trailer {text}")];
        assert_eq!(
            outline::<Issuer>(format!("{A}\n{text}{line_end}")),
            expected
        );
    }
}

#[rstest]
#[case::ordinary(format!("{TEST_ISSUER}\n{A}\n"), &["line 1, byte 0: record 999999", "line 2, byte 22: record 00000A"])]
#[case::ordinary_before_the_trailer(format!("{TEST_ISSUER}\n999999|1\n"), &["line 1, byte 0: record 999999", "line 2, byte 22: trailer 999999|1"])]
#[case::several_ordinary(format!("{TEST_ISSUER}\n{TEST_ISSUER}\n{TEST_ISSUER}\n"), &["line 1, byte 0: record 999999", "line 2, byte 22: record 999999", "line 3, byte 44: trailer 999999|||||||||||||||"])]
#[case::wrong_number_of_fields(format!("999999|1\n{A}\n"), &["line 1, byte 0: bad record, field_count", "line 2, byte 9: record 00000A"])]
#[case::one_field(format!("999999\n{A}\n"), &["line 1, byte 0: bad record, field_count", "line 2, byte 7: record 00000A"])]
#[case::two_trailers("999999|1\n999999|2\n".to_owned(), &["line 1, byte 0: bad record, field_count", "line 2, byte 9: trailer 999999|2"])]
fn earlier_lines_that_start_with_the_number_are_data(
    #[case] file: String,
    #[case] expected: &[&str],
) {
    assert_eq!(outline::<Issuer>(file), expected);
}

#[rstest]
#[case::padded("999999  |1 |")]
#[case::tab("999999\t|1")]
#[case::number_alone("999999  ")]
fn blanks_may_follow_the_number_of_the_trailer(#[case] trailer: &str) {
    let expected = [
        FIRST.to_owned(),
        format!("line 2, byte 22: trailer {trailer}"),
    ];
    assert_eq!(outline::<Issuer>(format!("{A}\n{trailer}\n")), expected);
}

#[rstest]
#[case::none(format!("{A}\n{B}\n"))]
#[case::longer_number(format!("{A}\n9999990|1\n"))]
#[case::shorter_number(format!("{A}\n99999|1\n"))]
#[case::blank_before(format!("{A}\n 999999|1\n"))]
#[case::other_first_field(format!("{A}\nX|999999|1\n"))]
fn file_without_trailer_has_two_data_records(#[case] file: String) {
    let seen = parse::<Issuer>(file);
    assert_eq!(seen.len(), 2);
    assert!(!seen.iter().any(Seen::is_trailer), "{seen:?}");
}

#[rstest]
#[case::plain("999999|2", Some(2))]
#[case::leading_zeros("999999|0000000002", Some(2))]
#[case::leading_zeros_beyond_64_bits("999999|000000000000000000000000000002", Some(2))]
#[case::blanks_around("999999| 2\t", Some(2))]
#[case::sign("999999|+2", Some(2))]
#[case::later_field("999999|2024-01-15||2|", Some(4))]
#[case::first_of_several("999999|1|2|2", Some(3))]
#[case::last_field("999999|a|b|c|d|e|f|g|2", Some(9))]
#[case::end_of_file_byte_glued("999999|2\u{1a}", Some(2))]
#[case::other_number("999999|3", None)]
#[case::negative("999999|-2", None)]
#[case::decimal("999999|2.0", None)]
#[case::words("999999|2 records", None)]
#[case::beyond_64_bits("999999|36893488147419103234", None)]
#[case::no_field("999999", None)]
#[case::empty_fields("999999|||", None)]
#[case::other_white_space("999999|\u{a0}2", None)]
fn file_of_two_records_is_verified_by(#[case] text: &str, #[case] expected: Option<usize>) {
    let (trailer, data_records) = trailer(format!("{A}\n{B}\n{text}\n"));
    assert_eq!(data_records, 2);
    assert_eq!(trailer.verified_by(data_records), expected);
    if let Some(ordinal) = expected {
        assert_eq!(trailer.count(ordinal), Some(2));
    }
}

#[test]
fn bad_records_count_as_data_records() {
    let (trailer, data_records) = trailer(format!("{A}\nbad\n\u{1a}\n{B}\n999999|2|4\n"));
    assert_eq!(trailer.verified_by(data_records), Some(3));
}

#[test]
fn file_of_only_a_trailer_is_verified_by_zero() {
    let (trailer, data_records) = trailer("999999|0000000000|2024-01-15\r\n\u{1a}");
    assert_eq!(trailer.verified_by(data_records), Some(2));
}

#[test]
fn first_field_is_never_the_count() {
    let (trailer, _) = trailer("999999|x\n");
    assert_eq!(trailer.verified_by(999_999), None);
}

#[test]
fn count_is_read_from_a_given_position() {
    let (trailer, _) = trailer("999999|0000000003||many\n");
    let counts = [0, 1, 2, 3, 4, 5].map(|ordinal| trailer.count(ordinal));
    assert_eq!(counts, [None, Some(999_999), Some(3), None, None, None]);
    assert_eq!(
        trailer.fields().collect::<Vec<_>>(),
        ["0000000003", "", "many"]
    );
}

#[test]
fn fields_that_are_not_utf8_are_read_as_windows_1252() {
    let (trailer, _) = trailer(b"999999|Z\xfcrich|Z\xc3\xbcrich\n");
    assert_eq!(trailer.text, "999999|Zürich|Zürich");
}
