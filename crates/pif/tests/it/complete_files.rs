//! Files that were cut off or that lost records.

use std::io::{self, Read};

use cusip_pif::{Encoding, Error, ErrorKind, Issuer, Reader, Summary, TrailerCount};
use rstest::rstest;

use crate::sample::{A, B, line};

fn finish(file: &str) -> Result<Summary, Error> {
    Reader::<Issuer, _>::from_reader(file.as_bytes()).finish()
}

#[rstest]
#[case::count("999999|2", Some(2))]
#[case::count_with_zeros_after_a_date("999999|20240115|0000000002", Some(3))]
#[case::only_a_date("999999|20240115", None)]
#[case::only_text("999999|END", None)]
#[case::nothing("999999", None)]
fn complete_file_is_summarized(#[case] trailer: &str, #[case] verified_by: Option<usize>) {
    let bad = "037833|too short";
    let mut reader = format!("{A}\n{bad}\n{trailer}\n");
    let summary = finish(&reader).unwrap();
    assert_eq!((summary.data_records, summary.bad_records), (2, 1));
    assert_eq!(summary.verified_by, verified_by);
    assert_eq!(summary.trailer.unwrap().text, trailer);
    reader.push('\u{1a}');
    assert!(finish(&reader).is_ok());
}

#[rstest]
#[case::nothing("")]
#[case::between_lines(&format!("{A}\n{B}\n"))]
#[case::within_a_line(&format!("{A}\n{}", &B[..20]))]
#[case::in_place_of_the_trailer(&format!("{A}\n99999"))]
fn file_without_a_trailer_was_cut_off(#[case] file: &str) {
    let error = finish(file).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::CutOff { .. }), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("so it was probably cut off; get it again")
    );
    let allowed = Reader::<Issuer, _>::builder().require_trailer(false);
    assert_eq!(
        allowed.build(file.as_bytes()).finish().unwrap().trailer,
        None
    );
}

#[test]
fn trailer_with_another_count_means_missing_records() {
    let file = format!("{A}\n999999|2\n");
    let error = finish(&file).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"the file has 1 records, but its trailer "999999|2" states another number; get it again"#
    );
    let with = |count| Reader::<Issuer, _>::builder().trailer_count(count);
    let ignored = with(TrailerCount::Ignore).build(file.as_bytes());
    assert_eq!(ignored.finish().unwrap().verified_by, None);
}

#[test]
fn only_the_named_field_of_the_trailer_counts() {
    let file = format!("{A}\n999999|1|7\n");
    let with = |ordinal| {
        let builder = Reader::<Issuer, _>::builder().trailer_count(TrailerCount::Field(ordinal));
        builder.build(file.as_bytes()).finish()
    };
    assert_eq!(with(2).unwrap().verified_by, Some(2));
    assert!(matches!(
        with(3).unwrap_err().kind(),
        ErrorKind::CountMismatch { .. }
    ));
    assert!(with(4).is_err());
}

/// An input that fails after the bytes that it holds.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::ConnectionReset.into()),
            count => Ok(count),
        }
    }
}

#[test]
fn file_whose_reading_failed_is_never_complete() {
    let file = format!("{A}\n999999|1\n");
    let lenient = || Reader::<Issuer, _>::builder().require_trailer(false);
    let mut reader = lenient().build(Broken(file.as_bytes()));
    assert_eq!(reader.records().filter(Result::is_err).count(), 1);
    assert!(matches!(
        reader.finish().unwrap_err().kind(),
        ErrorKind::CutOff { .. }
    ));
    let unread = lenient().build(Broken(file.as_bytes()));
    assert!(unread.finish().unwrap_err().is_io());
}

#[test]
fn error_names_the_file() {
    let path = std::env::temp_dir().join("cusip-pif-without-a-trailer.pip");
    std::fs::write(&path, A).unwrap();
    let reader = Reader::<Issuer, _>::from_path(&path).unwrap();
    let error = reader.into_records().into_reader().finish().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("{}: the file", path.display()))
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn bytes_that_are_not_utf_8_are_a_fault_if_utf_8_is_required() {
    let state: &[u8] = b"C\xE9";
    let mut file = line::<Issuer>(&[("issuer_state_code", &state)]);
    file.extend_from_slice(b"\n999999|1\n");
    let read = |encoding| {
        let mut reader = Reader::<Issuer, _>::builder()
            .encoding(encoding)
            .build(&*file);
        let record = reader.records().next().unwrap();
        assert_eq!(reader.finish().unwrap().data_records, 1);
        record.map_err(|error| error.to_string())
    };
    assert!(read(Encoding::Utf8OrWindows1252).is_ok());
    let error = read(Encoding::Utf8).unwrap_err();
    assert!(
        error.ends_with(r#""Cé" is not valid UTF-8, which is required"#),
        "{error}"
    );
}
