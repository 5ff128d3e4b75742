//! Files in memory: the same events as in chunks, whole or in parts, and records that can be kept.

use cusip_pif::{
    CheckDigits, ErrorKind, Issue, IssueAttribute, Issuer, ParseOptions, Reader, Record,
    SliceReader, Writer,
};
use proptest::collection::vec;
use proptest::prelude::*;
use rstest::rstest;

use crate::sample::{A, B, line};
use crate::seen::{Seen, parse};
use crate::strategies::{garbage, long_line};

/// Reads the parts of a file, the last one first.
fn read_parts<R: Record>(file: &[u8], parts: usize) -> Vec<Seen<R>> {
    let mut parts = SliceReader::<R>::split(file, parts);
    let mut seen = Vec::new();
    for part in parts.iter_mut().rev() {
        let mut events: Vec<_> = part
            .by_ref()
            .map(|record| match record {
                Ok(record) => Seen::Record {
                    position: record.position,
                    warnings: record.warnings.clone(),
                    record: record.into_owned(),
                },
                Err(error) => match error.kind() {
                    ErrorKind::BadRecord {
                        position,
                        raw_line,
                        faults,
                    } => Seen::BadRecord {
                        position: *position,
                        raw_line: raw_line.clone(),
                        faults: faults.clone(),
                    },
                    kind => panic!("unexpected {kind:?}"),
                },
            })
            .collect();
        events.extend(part.trailer().cloned().map(Seen::Trailer));
        seen.splice(0..0, events);
    }
    seen
}

proptest! {
    #[test]
    fn file_in_memory_gives_the_same_events_in_any_number_of_parts(
        file in garbage(),
        parts in 0..9_usize,
    ) {
        prop_assert!(read_parts::<Issuer>(&file, parts) == parse(&file));
        prop_assert!(read_parts::<Issue>(&file, parts) == parse(&file));
        prop_assert!(read_parts::<IssueAttribute>(&file, parts) == parse(&file));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn file_with_long_lines_gives_the_same_events_in_any_number_of_parts(
        pieces in vec(prop_oneof![garbage(), long_line()], 0..5),
        parts in 0..9_usize,
    ) {
        let file = pieces.concat();
        prop_assert!(read_parts::<Issuer>(&file, parts) == parse(&file));
    }
}

#[test]
fn file_is_split_where_the_trailer_cannot_begin() {
    let number = "999999|||||||||||||||";
    let file = format!("{A}\n{number}\n\u{1a}\n{number}\r\n\n{B}\n999999|4\n\u{1a}\n");
    for parts in 1..file.len() + 2 {
        let seen = read_parts::<Issuer>(file.as_bytes(), parts);
        assert!(seen == parse(file.as_bytes()), "{parts}");
        assert_eq!(seen.len(), 6);
    }
    assert_eq!(
        SliceReader::<Issuer>::split(file.as_bytes(), 100).len(),
        2,
        "only {B} is a record whatever follows it"
    );
}

#[test]
fn records_outlive_the_next_one_and_their_reader() {
    let names = [&b"M\xfcller"[..], b"Miller", "Møller".as_bytes()];
    let lines = names.map(|name| line::<Issuer>(&[("issuer_name_1", &name)]));
    let file = lines.join(&b'\n');
    let records: Result<Vec<_>, _> = SliceReader::<Issuer>::new(&file).collect();
    let records = records.unwrap();
    let read: Vec<_> = (records.iter().map(|record| record.get()))
        .map(|issuer| issuer.issuer_name_1.unwrap())
        .collect();
    assert_eq!(read, ["Müller", "Miller", "Møller"]);
    let in_file = |text: &&str| file.as_ptr_range().contains(&text.as_ptr());
    assert_eq!(
        read.iter().map(in_file).collect::<Vec<_>>(),
        [false, true, true],
        "only text that is not UTF-8 is copied"
    );
    let mut writer = Writer::new(Vec::new());
    for record in &records {
        writer.write(record).unwrap();
    }
    let written = String::from_utf8(writer.into_inner()).unwrap();
    assert!(written.starts_with("037833||Müller|"), "{written}");
}

#[rstest]
#[case::the_number_in_the_trailer("999999|2\n", Ok(Some(2)))]
#[case::another_number(
    "999999|3\n",
    Err("but its trailer \"999999|3\" states another number")
)]
#[case::no_trailer("", Err("has no trailer after 2 records"))]
fn parts_are_complete_if_together_they_have(
    #[case] end: &str,
    #[case] expected: Result<Option<usize>, &str>,
) {
    let bad = "00000B||||||||||||||2024-02-30|";
    let file = format!("{A}\n{bad}\n{end}");
    for parts in [1, 2] {
        let parts = SliceReader::<Issuer>::split(file.as_bytes(), parts);
        match (SliceReader::finish_parts(parts), expected) {
            (Ok(summary), Ok(verified_by)) => {
                assert_eq!(summary.verified_by, verified_by);
                assert_eq!((summary.data_records, summary.bad_records), (2, 1));
            }
            (Err(error), Err(message)) => {
                assert!(error.to_string().contains(message), "{error}");
            }
            (found, _) => panic!("expected {expected:?}, found {found:?}"),
        }
    }
    let whole = SliceReader::<Issuer>::new(file.as_bytes()).finish();
    assert_eq!(whole.is_ok(), expected.is_ok());
}

#[test]
fn builder_gives_its_options_to_every_part() {
    let wrong = line::<Issue>(&[("issue_check", b"7")]);
    let file = [&wrong[..], &wrong].join(&b'\n');
    let builder = || {
        Reader::<Issue, _>::builder()
            .parse_options(ParseOptions::default().with_check_digits(CheckDigits::Warn))
            .require_trailer(false)
    };
    let mut parts = builder().build_slices(&file, 2);
    let records = parts.iter_mut().flatten().collect::<Result<Vec<_>, _>>();
    assert!(
        records
            .unwrap()
            .iter()
            .all(|record| record.warnings.len() == 1)
    );
    assert_eq!(SliceReader::finish_parts(parts).unwrap().data_records, 2);
    assert_eq!(
        builder().build_slice(&file).finish().unwrap().bad_records,
        0
    );
    assert_eq!(SliceReader::<Issue>::new(&file).flatten().count(), 0);
}
