//! Line endings, skipped lines and positions.

use cusip_pif::{Issuer, Position};
use rstest::rstest;

use crate::sample::{A, B, line};
use crate::seen::{Seen, outline, parse, parse_one};

const EOF: char = '\u{1a}';

const MARK: &str = "\u{feff}";

const FIRST: &str = "line 1, byte 0: record 00000A";

#[rstest]
#[case::line_feeds(format!("{A}\n{B}\n"), &[FIRST, "line 2, byte 22: record 00000B"])]
#[case::carriage_returns_and_line_feeds(format!("{A}\r\n{B}\r\n"), &[FIRST, "line 2, byte 23: record 00000B"])]
#[case::both(format!("{A}\n{B}\r\n{B}\n"), &[FIRST, "line 2, byte 22: record 00000B", "line 3, byte 45: record 00000B"])]
#[case::no_final_line_end(format!("{A}\n{B}"), &[FIRST, "line 2, byte 22: record 00000B"])]
#[case::half_a_final_line_end(format!("{A}\r\n{B}\r"), &[FIRST, "line 2, byte 23: record 00000B"])]
#[case::one_record_without_line_end(A.to_owned(), &[FIRST])]
#[case::carriage_return_alone_ends_nothing(format!("{A}\r{B}\n"), &["line 1, byte 0: bad record, field_count"])]
fn line_ends(#[case] file: String, #[case] expected: &[&str]) {
    assert_eq!(outline::<Issuer>(file), expected);
}

#[rstest]
#[case::no_byte("")]
#[case::line_feed("\n")]
#[case::many_line_ends("\r\n\n\r\n\r")]
#[case::end_of_file_byte("\u{1a}")]
#[case::end_of_file_byte_and_line_end("\u{1a}\r\n")]
#[case::end_of_file_byte_after_empty_lines("\n\r\n\u{1a}")]
#[case::several_end_of_file_bytes("\u{1a}\u{1a}\n\u{1a}\n")]
fn file_without_records_has_no_events(#[case] file: &str) {
    assert_eq!(outline::<Issuer>(file), [""; 0]);
}

#[rstest]
#[case::before_and_between(format!("\n\r\n{A}\n\n\r\n\n{B}\n"), &["line 3, byte 3: record 00000A", "line 7, byte 29: record 00000B"])]
#[case::after(format!("{A}\n\n\r\n"), &[FIRST])]
#[case::before_the_trailer(format!("{A}\n\n999999|1\n"), &[FIRST, "line 3, byte 23: trailer 999999|1"])]
#[case::after_the_trailer(format!("{A}\n999999|1\n\n\r\n"), &[FIRST, "line 2, byte 22: trailer 999999|1"])]
#[case::after_an_ordinary_record_like_the_trailer(format!("999999|1\n\n{A}\n"), &["line 1, byte 0: bad record, field_count", "line 3, byte 10: record 00000A"])]
fn empty_lines_are_skipped_and_counted(#[case] file: String, #[case] expected: &[&str]) {
    assert_eq!(outline::<Issuer>(file), expected);
}

#[rstest]
#[case::record(format!("{MARK}{A}\n{B}\n"), &["line 1, byte 3: record 00000A", "line 2, byte 25: record 00000B"])]
#[case::bad_record(format!("{MARK}too|few\n{A}\n"), &["line 1, byte 3: bad record, field_count", "line 2, byte 11: record 00000A"])]
#[case::trailer(format!("{MARK}999999|0\n"), &["line 1, byte 3: trailer 999999|0"])]
#[case::empty_line(format!("{MARK}\r\n{A}"), &["line 2, byte 5: record 00000A"])]
#[case::nothing_else(MARK.to_owned(), &[])]
#[case::second_mark(format!("{MARK}{MARK}{A}"), &["line 1, byte 3: bad record, identifier"])]
#[case::second_line(format!("{A}\n{MARK}{A}"), &[FIRST, "line 2, byte 22: bad record, identifier"])]
fn byte_order_mark_is_skipped_at_the_beginning_only(
    #[case] file: String,
    #[case] expected: &[&str],
) {
    assert_eq!(outline::<Issuer>(file), expected);
}

#[test]
fn half_a_byte_order_mark_is_data() {
    let file = [b"\xef\xbb", A.as_bytes()].concat();
    let expected = ["line 1, byte 0: bad record, identifier"];
    assert_eq!(outline::<Issuer>(file), expected);
    assert_eq!(
        outline::<Issuer>(b"\xef"),
        ["line 1, byte 0: bad record, field_count"]
    );
}

#[test]
fn line_of_blanks_is_a_bad_record() {
    let file = format!(" \n{A}\n");
    assert_eq!(
        outline::<Issuer>(file),
        [
            "line 1, byte 0: bad record, field_count",
            "line 2, byte 2: record 00000A"
        ]
    );
}

#[rstest]
#[case::alone(format!("{A}\n{EOF}"))]
#[case::alone_after_crlf(format!("{A}\r\n{EOF}"))]
#[case::with_line_feed(format!("{A}\n{EOF}\n"))]
#[case::with_both(format!("{A}\n{EOF}\r\n"))]
#[case::with_carriage_return(format!("{A}\n{EOF}\r"))]
#[case::several_in_a_line(format!("{A}\n{EOF}{EOF}{EOF}"))]
#[case::several_lines(format!("{A}\n{EOF}\n{EOF}{EOF}\r\n\n{EOF}"))]
#[case::glued_to_the_last_line(format!("{A}{EOF}"))]
#[case::several_glued_to_the_last_line(format!("{A}{EOF}{EOF}"))]
#[case::glued_to_half_a_line_end(format!("{A}\r{EOF}"))]
fn end_of_file_byte_at_the_end_is_skipped(#[case] file: String) {
    assert_eq!(outline::<Issuer>(file), [FIRST]);
}

#[rstest]
#[case::line_feed(format!("999999|0\n{EOF}"))]
#[case::both(format!("999999|0\r\n{EOF}"))]
#[case::line_of_its_own(format!("999999|0\r\n{EOF}\r\n"))]
#[case::glued(format!("999999|0{EOF}"))]
#[case::glued_before_the_line_end(format!("999999|0{EOF}\r\n"))]
#[case::several(format!("999999|0{EOF}{EOF}\n\n{EOF}\n{EOF}{EOF}"))]
fn end_of_file_byte_after_the_trailer_is_skipped(#[case] file: String) {
    assert_eq!(
        outline::<Issuer>(file),
        ["line 1, byte 0: trailer 999999|0"]
    );
}

#[rstest]
#[case::between_records(format!("{A}\n{EOF}\n{B}\n"), &[FIRST, "line 2, byte 22: bad record, field_count", "line 3, byte 24: record 00000B"])]
#[case::first_line(format!("{EOF}\r\n{A}\n"), &["line 1, byte 0: bad record, field_count", "line 2, byte 3: record 00000A"])]
#[case::before_the_trailer(format!("{EOF}{EOF}\n999999|1\n"), &["line 1, byte 0: bad record, field_count", "line 2, byte 3: trailer 999999|1"])]
#[case::after_a_trailer_that_is_none(format!("999999|1\n{EOF}\n{A}\n"), &["line 1, byte 0: bad record, field_count", "line 2, byte 9: bad record, field_count", "line 3, byte 11: record 00000A"])]
#[case::between_two_trailers(format!("999999|1\n{EOF}\n999999|2\n{EOF}"), &["line 1, byte 0: bad record, field_count", "line 2, byte 9: bad record, field_count", "line 3, byte 11: trailer 999999|2"])]
fn lone_end_of_file_byte_before_a_record_is_a_bad_record(
    #[case] file: String,
    #[case] expected: &[&str],
) {
    assert_eq!(outline::<Issuer>(file), expected);
}

#[test]
fn lone_end_of_file_byte_is_kept_as_the_raw_line() {
    let seen = parse::<Issuer>(format!("{EOF}{EOF}\r\n{A}\n"));
    let Seen::BadRecord { raw_line, .. } = &seen[0] else {
        panic!("not a bad record: {seen:?}");
    };
    assert_eq!(raw_line, b"\x1a\x1a");
}

#[test]
fn at_most_63_lines_of_end_of_file_bytes_may_follow_the_trailer() {
    let mut file = "999999|0\n".to_owned() + &"\u{1a}\n".repeat(63);
    assert_eq!(
        outline::<Issuer>(&file),
        ["line 1, byte 0: trailer 999999|0"]
    );
    file.push_str("\u{1a}\n");
    let seen = parse::<Issuer>(&file);
    assert_eq!(seen.len(), 64);
    assert!(!seen.iter().any(Seen::is_trailer), "{seen:?}");
}

#[rstest]
#[case::carriage_return("\r")]
#[case::carriage_return_last("AB\r")]
#[case::vertical_tab("A\u{b}B")]
#[case::form_feed("A\u{c}B")]
#[case::end_of_file("A\u{1a}B")]
#[case::file_separator("A\u{1c}B")]
#[case::group_separator("A\u{1d}B")]
#[case::record_separator("A\u{1e}B")]
#[case::unit_separator("A\u{1f}B")]
#[case::next_line("A\u{85}B")]
#[case::line_separator("A\u{2028}B")]
#[case::paragraph_separator("A\u{2029}B")]
#[case::byte_order_mark("\u{feff}A")]
fn other_controls_and_separators_are_data(#[case] name: &str) {
    let issuer: Issuer = parse_one(line::<Issuer>(&[("issuer_name_1", &name)])).into_record();
    assert_eq!(issuer.issuer_name_1.as_deref(), Some(name));
}

#[test]
fn end_of_file_byte_at_the_start_of_a_record_is_data() {
    let file = format!("{EOF}{A}\n{A}\n");
    assert_eq!(
        outline::<Issuer>(file),
        [
            "line 1, byte 0: bad record, identifier",
            "line 2, byte 23: record 00000A"
        ]
    );
}

#[test]
fn positions_are_exact_after_lines_of_every_kind() {
    let lines = [
        "\n",
        "\u{1a}\n",
        "999999|x\r\n",
        "\r\n",
        "too|few\r\n",
        "\u{1a}\u{1a}\r\n",
        "00000A||N\u{fc}rnberg \u{20ac}|||||||||||||\r\n",
        "00000A||\0|||||||||||||\n",
        "00000B|||||||||||||||\n",
        "999999|||||||||||||||\n",
        "999999|7\r\n",
        "\u{1a}",
    ];
    let expected: Vec<_> = [1, 2, 4, 5, 6, 7, 8, 9, 10]
        .map(|index| Position {
            line: index as u64 + 1,
            byte_offset: lines[..index].concat().len() as u64,
        })
        .to_vec();
    let positions: Vec<_> = (parse::<Issuer>(lines.concat()).iter())
        .map(Seen::position)
        .collect();
    assert_eq!(positions, expected);
}

#[test]
fn position_displays_line_and_byte() {
    let position = Position {
        line: 3,
        byte_offset: 120,
    };
    assert_eq!(position.to_string(), "line 3, byte 120");
}
