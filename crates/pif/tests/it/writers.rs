//! Writers: the form of files, and text that the format cannot represent.

use std::io::{self, Write};

use cusip_pif::{Date, Decimal, ErrorKind, Issue, Issuer, Record, Writer};
use rstest::rstest;

use crate::sample::{A, B};
use crate::seen::parse_one;

fn issuer(line: &str) -> Issuer {
    parse_one(line).into_record()
}

fn day() -> Date {
    Date::new(2024, 1, 15).unwrap()
}

#[test]
fn file_has_the_form_of_a_delivery() {
    let mut writer = Writer::new(Vec::new());
    for line in [A, B] {
        writer.write(issuer(line).as_record_ref()).unwrap();
    }
    let file = writer.finish(day()).unwrap();
    let expected = format!("{A}\r\n{B}\r\n999999|0000000002|2024-01-15\r\n\u{1a}");
    assert_eq!(String::from_utf8(file).unwrap(), expected);
}

#[test]
fn file_without_records_is_only_a_trailer() {
    let file = Writer::new(Vec::new()).finish(day()).unwrap();
    assert_eq!(file, b"999999|0000000000|2024-01-15\r\n\x1a");
}

#[test]
fn values_are_written_in_a_normal_form() {
    let read = "037833|10|0| a ||||||A|01/15/2024| 20240229 | +007 |-00.50|||\t\r\n";
    let written = "037833|10|0| a ||||||A|2024-01-15|2024-02-29|7|-0.50|||\r\n";
    let mut writer = Writer::new(Vec::new());
    let issue: Issue = parse_one(read).into_record();
    writer.write(issue.as_record_ref()).unwrap();
    let file = writer.finish(day()).unwrap();
    assert!(
        file.starts_with(written.as_bytes()),
        "{:?}",
        String::from_utf8_lossy(&file)
    );
}

#[rstest]
#[case::separator("A|B")]
#[case::line_feed("A\nB")]
#[case::both_at_a_line_end("A\r\n")]
#[case::nul_byte("\0")]
fn unwritable_text_is_refused_and_nothing_is_written(#[case] value: &str) {
    let mut writer = Writer::new(Vec::new());
    let mut unwritable = issuer(A);
    unwritable.issuer_adl_2 = Some(value.to_owned());
    let error = writer.write(unwritable.as_record_ref()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot write issuer_adl_2 {value:?}: the format cannot represent a separator (|), \
             a line feed or a NUL byte"
        )
    );
    assert!(!error.is_io());
    writer.write(issuer(B).as_record_ref()).unwrap();
    let file = writer.finish(day()).unwrap();
    let expected = format!("{B}\r\n999999|0000000001|2024-01-15\r\n\u{1a}");
    assert_eq!(file, expected.as_bytes());
}

#[test]
fn both_forms_of_a_record_are_written() {
    let record = issuer(A);
    let mut writer = Writer::new(Vec::new());
    writer.write(&record).unwrap();
    writer.write(record.as_record_ref()).unwrap();
    assert_eq!(*writer.get_ref(), format!("{A}\r\n").repeat(2).into_bytes());
}

#[rstest]
#[case::text_too_long(Issue { issue_desc_1: Some("A".repeat(31)), ..empty() }, "issue_desc_1", "text_length")]
#[case::flag_too_long(Issue { issue_check: Some("12".into()), ..empty() }, "issue_check", "text_length")]
#[case::check_digit(Issue { issue_check: Some('7'.into()), ..empty() }, "issue_check", "check_digit")]
#[case::decimals(Issue { rate: Decimal::new(1, 7), ..empty() }, "rate", "decimal_scale")]
#[case::digits(Issue { rate: Decimal::new(1_000_000_000, 0), ..empty() }, "rate", "decimal_precision")]
fn record_that_a_reader_refuses_is_not_written(
    #[case] bad: Issue,
    #[case] field: &str,
    #[case] rule: &str,
) {
    let mut writer = Writer::new(Vec::new());
    writer.write(empty()).unwrap();
    let length = writer.get_ref().len();
    let error = writer.write(&bad).unwrap_err();
    let ErrorKind::BadRecord {
        position, faults, ..
    } = error.kind()
    else {
        panic!("not a bad record: {error:?}");
    };
    assert_eq!((position.line, position.byte_offset), (2, length as u64));
    assert_eq!(faults[0].field.unwrap().name, field);
    assert_eq!(faults[0].rule.code(), rule);
    assert_eq!(writer.into_inner().len(), length);
    let mut unchecked = Writer::unchecked(Vec::new());
    unchecked.write(&bad).unwrap();
    let refused = parse_one::<Issue>(unchecked.into_inner()).into_faults();
    assert_eq!(refused, *faults);
}

fn empty() -> Issue {
    Issue::new("037833".parse().unwrap(), "10".parse().unwrap())
}

#[rstest]
#[case::carriage_return("A\r")]
#[case::end_of_file_byte("\u{1a}")]
#[case::quote("\"")]
#[case::line_separator("\u{2028}")]
fn text_that_looks_like_a_line_or_file_end_survives_a_round_trip(#[case] value: &str) {
    let mut record = issuer(A);
    record.issuer_name_3 = Some(value.to_owned());
    let mut writer = Writer::new(Vec::new());
    writer.write(record.as_record_ref()).unwrap();
    let file = writer.finish(day()).unwrap();
    let read = crate::seen::parse::<Issuer>(file).remove(0).into_record();
    assert_eq!(read, record);
}

/// An output that accepts only this many bytes.
#[derive(Debug)]
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.0);
        if count == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn output_error_is_reported_with_its_cause() {
    let mut writer = Writer::new(Full(30));
    writer.write(issuer(A).as_record_ref()).unwrap();
    let error = writer.write(issuer(B).as_record_ref()).unwrap_err();
    let ErrorKind::Io { path: None, source } = error.kind() else {
        panic!("not an output error: {error:?}");
    };
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    assert!(Writer::new(Full(10)).finish(day()).unwrap_err().is_io());
}
