//! Check digits in records: wrong ones are faults for issues and warnings for issuers.

use cusip_pif::{CheckDigits, Issue, Issuer, ParseOptions, Rule};
use rstest::rstest;

use crate::sample::line;
use crate::seen::{parse_one, parse_with, summary};

const RIGHT: [(&str, &str, &str); 5] = [
    ("037833", "10", "0"),
    ("912828", "FV", "7"),
    ("17275R", "10", "2"),
    ("123456", "*A", "5"),
    ("*@#000", "00", "9"),
];

fn issue_line(issuer_num: &str, issue_num: &str, issue_check: &str) -> Vec<u8> {
    line::<Issue>(&[
        ("issuer_num", &issuer_num),
        ("issue_num", &issue_num),
        ("issue_check", &issue_check),
    ])
}

#[test]
fn right_check_digit_is_accepted() {
    for (issuer_num, issue_num, check) in RIGHT {
        let seen = parse_one::<Issue>(issue_line(issuer_num, issue_num, check));
        assert_eq!(seen.clone().into_warnings(), []);
        assert_eq!(seen.into_record().issue_check.as_deref(), Some(check));
    }
}

#[test]
fn every_other_check_digit_makes_a_bad_record() {
    for (issuer_num, issue_num, right) in RIGHT {
        for wrong in ('0'..='9').map(String::from).filter(|digit| digit != right) {
            let seen = parse_one::<Issue>(issue_line(issuer_num, issue_num, &wrong));
            let faults = seen.into_faults();
            assert_eq!(
                summary(&faults),
                [("issue_check", wrong.as_str(), "check_digit")]
            );
            let expected = right.parse().unwrap();
            assert_eq!(faults[0].rule, Rule::CheckDigit { expected });
        }
    }
}

#[rstest]
#[case::blank(" ")]
#[case::letter("A")]
#[case::star("*")]
#[case::not_ascii("é")]
fn check_digit_that_is_not_a_digit_makes_a_bad_record(#[case] check: &str) {
    let faults = parse_one::<Issue>(issue_line("037833", "10", check)).into_faults();
    assert_eq!(summary(&faults), [("issue_check", check, "check_digit")]);
}

#[test]
fn wrong_check_digit_is_a_warning_with_the_option() {
    let options = ParseOptions::default().with_check_digits(CheckDigits::Warn);
    let mut seen = parse_with::<Issue>(options, issue_line("037833", "10", "1"));
    let seen = seen.remove(0);
    let warnings = seen.clone().into_warnings();
    assert_eq!(summary(&warnings), [("issue_check", "1", "check_digit")]);
    assert_eq!(seen.into_record().issue_check.as_deref(), Some("1"));
}

#[test]
fn absent_check_digit_is_allowed() {
    let seen = parse_one::<Issue>(issue_line("037833", "10", ""));
    assert_eq!(seen.clone().into_warnings(), []);
    assert_eq!(seen.into_record().issue_check, None);
}

#[test]
fn wrong_check_digit_is_reported_with_the_other_faults() {
    let file = line::<Issue>(&[
        ("issue_check", &"1"),
        ("issue_desc_1", &"A\0"),
        ("rate", &"x"),
    ]);
    assert_eq!(
        summary(&parse_one::<Issue>(file).into_faults()),
        [
            ("issue_check", "1", "check_digit"),
            ("issue_desc_1", "A\0", "nul_byte"),
            ("rate", "x", "decimal"),
        ]
    );
}

#[test]
fn wrong_check_digit_is_reported_as_received() {
    let faults = parse_one::<Issue>(issue_line("037833", "10", "7 ")).into_faults();
    assert_eq!(summary(&faults), [("issue_check", "7 ", "check_digit")]);
}

#[rstest]
#[case::bad_issuer_num("03783", "10", "1", &[("issuer_num", "03783", "identifier")])]
#[case::bad_issue_num("037833", "", "1", &[("issue_num", "", "missing_key")])]
#[case::bad_check_digit("037833", "10", "12", &[("issue_check", "12", "text_length")])]
#[case::nul_check_digit("037833", "10", "\0", &[("issue_check", "\0", "nul_byte")])]
fn check_digit_is_not_checked_if_its_fields_have_faults(
    #[case] issuer_num: &str,
    #[case] issue_num: &str,
    #[case] check: &str,
    #[case] expected: &[(&str, &str, &str)],
) {
    let faults = parse_one::<Issue>(issue_line(issuer_num, issue_num, check)).into_faults();
    assert_eq!(summary(&faults), expected);
}

#[rstest]
#[case::right("1", &[])]
#[case::absent("", &[])]
#[case::wrong("5", &[("issuer_check", "5", "issuer_check_digit")])]
#[case::no_digit("X", &[("issuer_check", "X", "issuer_check_digit")])]
fn wrong_issuer_check_is_always_a_warning(
    #[case] check: &str,
    #[case] expected: &[(&str, &str, &str)],
) {
    for check_digits in [CheckDigits::Reject, CheckDigits::Warn] {
        let options = ParseOptions::default().with_check_digits(check_digits);
        let file = line::<Issuer>(&[("issuer_check", &check)]);
        let warnings = parse_with::<Issuer>(options, file)
            .remove(0)
            .into_warnings();
        assert_eq!(summary(&warnings), expected);
    }
}

#[test]
fn warnings_are_in_field_order() {
    let file = line::<Issuer>(&[
        ("issuer_check", &"5"),
        ("issuer_name_1", b"\xfc"),
        ("issuer_type", &"?"),
        ("issuer_state_code", b"\xfc"),
    ]);
    assert_eq!(
        summary(&parse_one::<Issuer>(file).into_warnings()),
        [
            ("issuer_check", "5", "issuer_check_digit"),
            ("issuer_name_1", "ü", "windows_1252"),
            ("issuer_type", "?", "undocumented_code"),
            ("issuer_state_code", "ü", "windows_1252"),
        ]
    );
}
