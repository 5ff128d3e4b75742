//! Bad records: the rules they break, and how they are reported.

use std::error::Error as _;

use cusip_pif::{Error, ErrorKind, Issue, IssueAttribute, Issuer, Position, Reader, Record, Rule};
use rstest::rstest;

use crate::sample::{A, B, line};
use crate::seen::{Seen, outline, parse, parse_one, summary};

#[rstest]
#[case::one(1)]
#[case::one_too_few(15)]
#[case::one_too_many(17)]
#[case::as_many_as_another_kind(53)]
#[case::as_many_as_are_split(64)]
#[case::one_more_than_are_split(65)]
#[case::very_many(5_000)]
fn wrong_number_of_fields_is_a_fault(#[case] found: usize) {
    let separators = "|".repeat(found - 1);
    let seen = parse_one::<Issuer>(format!("037833{separators}\r\n"));
    let Seen::BadRecord {
        raw_line, faults, ..
    } = seen
    else {
        panic!("not a bad record: {seen:?}");
    };
    assert_eq!(raw_line, format!("037833{separators}").into_bytes());
    let expected = 16;
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].rule, Rule::FieldCount { expected, found });
    assert_eq!((faults[0].field, &faults[0].value), (None, &None));
}

#[test]
fn each_kind_has_its_own_number_of_fields() {
    fn expected<R: Record>() -> Rule {
        parse_one::<R>("1|2").into_faults()[0].rule
    }
    let found = 2;
    let rule = |expected| Rule::FieldCount { expected, found };
    assert_eq!(expected::<Issuer>(), rule(16));
    assert_eq!(expected::<Issue>(), rule(17));
    assert_eq!(expected::<IssueAttribute>(), rule(53));
}

#[rstest]
#[case::issuer_num_missing("issuer_num", "", Rule::MissingKey)]
#[case::issue_num_missing("issue_num", "", Rule::MissingKey)]
#[case::issuer_num_of_blanks("issuer_num", "      ", Rule::Identifier { length: 6 })]
#[case::issue_num_of_blanks("issue_num", "  ", Rule::Identifier { length: 2 })]
#[case::lower_case_issuer_num("issuer_num", "17275r", Rule::Identifier { length: 6 })]
#[case::lower_case_issue_num("issue_num", "fv", Rule::Identifier { length: 2 })]
#[case::short_issuer_num("issuer_num", "37833", Rule::Identifier { length: 6 })]
#[case::long_issuer_num("issuer_num", "0378331", Rule::Identifier { length: 6 })]
#[case::short_issue_num("issue_num", "1", Rule::Identifier { length: 2 })]
#[case::long_issue_num("issue_num", "100", Rule::Identifier { length: 2 })]
#[case::blank_around("issuer_num", " 37833", Rule::Identifier { length: 6 })]
#[case::other_character("issuer_num", "0378-3", Rule::Identifier { length: 6 })]
#[case::plus_sign("issue_num", "+1", Rule::Identifier { length: 2 })]
#[case::two_byte_character("issue_num", "é", Rule::Identifier { length: 2 })]
#[case::six_characters_not_ascii("issuer_num", "éééééé", Rule::Identifier { length: 6 })]
fn missing_or_malformed_key_is_a_fault(
    #[case] field: &'static str,
    #[case] value: &str,
    #[case] rule: Rule,
) {
    fn holds<R: Record>(field: &'static str, value: &str, rule: Rule) {
        let faults = parse_one::<R>(line::<R>(&[(field, &value)])).into_faults();
        assert_eq!(summary(&faults), [(field, value, rule.code())]);
        assert_eq!(faults[0].rule, rule);
    }
    holds::<Issue>(field, value, rule);
    holds::<IssueAttribute>(field, value, rule);
    if field == "issuer_num" {
        holds::<Issuer>(field, value, rule);
    }
}

#[test]
fn all_faults_of_a_record_are_reported_in_field_order() {
    let long = "x".repeat(31);
    let file = line::<Issue>(&[
        ("issue_update_date", &"20240230"),
        ("rate", &"4.12345678"),
        ("partial_maturity", &"1.5"),
        ("dated_date", &"soon"),
        ("issue_adl_4", &long),
        ("issue_desc_1", &long),
        ("issue_num", &"1"),
        ("issuer_num", &""),
    ]);
    assert_eq!(
        summary(&parse_one::<Issue>(file).into_faults()),
        [
            ("issuer_num", "", "missing_key"),
            ("issue_num", "1", "identifier"),
            ("issue_desc_1", &long, "text_length"),
            ("issue_adl_4", &long, "text_length"),
            ("dated_date", "soon", "date"),
            ("partial_maturity", "1.5", "integer"),
            ("rate", "4.12345678", "decimal_scale"),
            ("issue_update_date", "20240230", "date"),
        ]
    );
}

#[test]
fn bad_record_does_not_affect_its_neighbors() {
    let bad = String::from_utf8(line::<Issuer>(&[("issuer_update_date", &"never")])).unwrap();
    let file = format!("{A}\n{bad}\n{B}\nbad\n{A}\n999999|5\n");
    assert_eq!(
        outline::<Issuer>(&file),
        [
            "line 1, byte 0: record 00000A",
            "line 2, byte 22: bad record, date",
            "line 3, byte 49: record 00000B",
            "line 4, byte 71: bad record, field_count",
            "line 5, byte 75: record 00000A",
            "line 6, byte 97: trailer 999999|5",
        ]
    );
    let alone = parse::<Issuer>(A).remove(0).into_record();
    assert_eq!(parse::<Issuer>(file).remove(4).into_record(), alone);
}

/// Returns the error of the only record of a file.
fn error(file: &[u8]) -> Error {
    let mut reader = Reader::<Issue, _>::from_reader(file);
    let error = reader.records().next().unwrap().unwrap_err();
    assert!(reader.records().next().is_none());
    error
}

#[test]
fn error_of_a_bad_record_shows_position_field_value_and_rule() {
    let mut file = line::<Issue>(&[("dated_date", &"2024-02-30"), ("rate", &"4,5")]);
    file.insert(0, b'\n');
    let error = error(&file);
    assert_eq!(
        error.to_string(),
        "line 2, byte 1: dated_date \"2024-02-30\" is not a valid date (YYYY-MM-DD, YYYYMMDD or \
         MM/DD/YYYY); rate \"4,5\" is not a decimal number such as 4.125"
    );
    assert!(error.source().is_none() && !error.is_io());
    let position = Position {
        line: 2,
        byte_offset: 1,
    };
    assert_eq!(error.position(), Some(position));
    let ErrorKind::BadRecord {
        raw_line, faults, ..
    } = error.kind()
    else {
        panic!("not a bad record");
    };
    assert_eq!((raw_line.as_slice(), faults.len()), (&file[1..], 2));
}

#[rstest]
#[case::field_count(b"a|b".to_vec(), "record has 2 fields instead of 17")]
#[case::line_too_long(vec![b'x'; 65_537], "line is longer than the limit of 65536 bytes")]
#[case::nul_byte(line::<Issue>(&[("issue_desc_1", b"A\0")]), r#"issue_desc_1 "A\0" contains a NUL byte, which is not allowed"#)]
#[case::missing_key(line::<Issue>(&[("issue_num", b"")]), r#"issue_num "" must not be empty because it is part of the key"#)]
#[case::identifier(line::<Issue>(&[("issuer_num", b"abc")]), r#"issuer_num "abc" must be 6 characters from 0-9, A-Z, *, @, #"#)]
#[case::text_length(line::<Issue>(&[("issue_check", b"12")]), r#"issue_check "12" is 2 characters long, but the limit is 1"#)]
#[case::integer(line::<Issue>(&[("partial_maturity", b"x")]), r#"partial_maturity "x" is not an integer that fits in 32 bits"#)]
#[case::decimal_scale(line::<Issue>(&[("rate", b"1.0000001")]), r#"rate "1.0000001" has more than 6 decimal places, and values are never rounded"#)]
#[case::decimal_precision(line::<Issue>(&[("rate", b"1234567890")]), r#"rate "1234567890" has more digits than the limit of 9"#)]
#[case::check_digit(line::<Issue>(&[("issue_check", b"1")]), r#"issue_check "1" is wrong: the check digit of this issuer and issue number is 0"#)]
fn fault_reads_as_a_sentence(#[case] file: Vec<u8>, #[case] expected: &str) {
    assert_eq!(
        error(&file).to_string(),
        format!("line 1, byte 0: {expected}")
    );
}
