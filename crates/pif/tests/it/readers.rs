//! Readers: input errors, iterators, and the state after the end of the file.

use std::error::Error as _;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use cusip_pif::{CheckDigits, Error, ErrorKind, Issue, Issuer, ParseOptions, Reader};
use proptest::prelude::*;
use rstest::rstest;

use crate::sample::{A, B, line};
use crate::seen::{Seen, parse};
use crate::strategies::garbage;

/// An input that always fails.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "connection reset",
        ))
    }
}

/// An input that gets interrupted before every byte.
struct Interrupted<'a> {
    bytes: &'a [u8],
    interrupted: bool,
}

impl Read for Interrupted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.bytes.read(&mut buffer[..1])
    }
}

/// Returns the message of each error in a chain.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(error.to_string());
        source = error.source();
    }
    texts
}

#[rstest]
#[case::at_once("")]
#[case::within_a_record(&B[..10])]
#[case::within_a_line_end(&"00000B|||||||||||||||\r")]
#[case::after_what_may_be_the_trailer("999999|1\r\n")]
fn reader_is_at_its_end_after_an_input_error(#[case] unfinished: &str) {
    let file = format!("{A}\n{unfinished}");
    let mut reader = Reader::<Issuer, _>::from_reader(file.as_bytes().chain(Broken));
    let mut records = reader.records();
    assert_eq!(
        records.next().unwrap().unwrap().issuer_num.as_str(),
        "00000A"
    );
    let error = records.next().unwrap().unwrap_err();
    assert!(error.is_io() && error.position().is_none());
    assert_eq!(
        chain(&error),
        ["cannot read or write records", "connection reset"]
    );
    assert!(records.next().is_none());
    assert!(records.next().is_none());
    assert!(reader.next_event().unwrap().is_none());
    assert_eq!((reader.trailer(), reader.data_records()), (None, 1));
}

#[test]
fn reader_retries_when_interrupted() {
    let file = format!("{A}\n{B}\n999999|2\n");
    let reader = Reader::<Issuer, _>::from_reader(Interrupted {
        bytes: file.as_bytes(),
        interrupted: false,
    });
    assert_eq!(reader.into_records().filter(Result::is_ok).count(), 2);
}

#[test]
fn missing_file_is_reported_with_its_path() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-file.PIP");
    let error = Reader::<Issuer, _>::from_path(&path).unwrap_err();
    let ErrorKind::Io {
        path: found,
        source,
    } = error.kind()
    else {
        panic!("not an input error: {error:?}");
    };
    assert_eq!(found.as_deref(), Some(path.as_path()));
    assert_eq!(source.kind(), io::ErrorKind::NotFound);
    assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
    assert_eq!(chain(&error).len(), 2);
}

#[cfg(unix)]
#[test]
fn folder_instead_of_a_file_is_reported_with_its_path() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut reader = Reader::<Issuer, _>::from_path(path).unwrap();
    let error = reader.next_event().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
    assert!(reader.next_event().unwrap().is_none());
}

#[test]
fn reader_opens_a_path() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("CED01-15R.PIP");
    fs::write(&path, format!("{A}\r\n{B}\r\n999999|2\r\n\u{1a}")).unwrap();
    let mut reader = Reader::<Issuer, _>::from_path(&path).unwrap();
    let issuers: Result<Vec<_>, _> = reader.records().collect();
    let numbers: Vec<_> = (issuers.unwrap().iter())
        .map(|issuer| issuer.issuer_num.to_string())
        .collect();
    assert_eq!(numbers, ["00000A", "00000B"]);
    let trailer = reader.trailer().unwrap();
    assert_eq!(trailer.verified_by(reader.data_records()), Some(2));
}

#[test]
fn iterator_continues_after_a_bad_record() {
    let file = format!("{A}\nbad\n{B}\n");
    let records = Reader::<Issuer, _>::from_reader(file.as_bytes()).into_records();
    let found: Vec<_> = records
        .map(|record| match record {
            Ok(issuer) => issuer.issuer_num.to_string(),
            Err(error) => error.position().unwrap().to_string(),
        })
        .collect();
    assert_eq!(found, ["00000A", "line 2, byte 22", "00000B"]);
}

#[test]
fn dropped_iterator_leaves_the_reader_at_the_same_record() {
    let file = format!("{A}\n{B}\n999999|2\n");
    let mut reader = Reader::<Issuer, _>::from_reader(file.as_bytes());
    assert_eq!(
        reader
            .records()
            .next()
            .unwrap()
            .unwrap()
            .issuer_num
            .as_str(),
        "00000A"
    );
    assert!(reader.trailer().is_none());
    assert_eq!(
        reader
            .records()
            .next()
            .unwrap()
            .unwrap()
            .issuer_num
            .as_str(),
        "00000B"
    );
    assert!(reader.records().next().is_none());
    assert_eq!(reader.trailer().unwrap().text, "999999|2");
}

#[test]
fn owning_iterator_gives_access_to_trailer_and_count() {
    let file = format!("{A}\n999999|1\n");
    let mut records = Reader::<Issuer, _>::from_reader(file.as_bytes()).into_records();
    assert_eq!(records.by_ref().count(), 1);
    let reader = records.reader();
    assert_eq!(reader.data_records(), 1);
    assert_eq!(reader.trailer().unwrap().text, "999999|1");
}

#[test]
fn reader_passes_options_to_the_parser() {
    let file = line::<Issue>(&[("issue_check", &"1")]);
    let options = ParseOptions::default().with_check_digits(CheckDigits::Warn);
    let strict = Reader::<Issue, _>::from_reader(file.as_slice());
    let lenient = Reader::<Issue, _>::with_options(file.as_slice(), options);
    assert!(strict.into_records().all(|record| record.is_err()));
    assert!(lenient.into_records().all(|record| record.is_ok()));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("CED01-16E.PIP");
    fs::write(&path, &file).unwrap();
    let mut lenient = Reader::<Issue, _>::from_path_with_options(&path, options).unwrap();
    assert_eq!(lenient.records().filter(Result::is_ok).count(), 1);
}

proptest! {
    #[test]
    fn iterators_agree_with_events(file in garbage()) {
        let expected: Vec<_> = parse::<Issuer>(&file)
            .into_iter()
            .filter(|event| !event.is_trailer())
            .collect();
        let found: Vec<_> = Reader::<Issuer, _>::from_reader(file.as_slice())
            .into_records()
            .collect();
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            match (found, expected) {
                (Ok(found), Seen::Record { record, .. }) => prop_assert_eq!(found, record),
                (Err(error), Seen::BadRecord { position, raw_line, faults }) => {
                    prop_assert_eq!(error.position(), Some(position));
                    let ErrorKind::BadRecord { raw_line: raw, faults: found, .. } = error.kind()
                    else {
                        return Err(TestCaseError::fail("not a bad record"));
                    };
                    prop_assert_eq!((raw, found), (&raw_line, &faults));
                }
                (found, expected) => {
                    return Err(TestCaseError::fail(format!("{found:?} for {expected:?}")));
                }
            }
        }
    }
}
