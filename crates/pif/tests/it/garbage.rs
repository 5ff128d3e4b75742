//! Arbitrary bytes: nothing panics, every line is accounted for, and positions are exact.

use cusip_pif::{Issue, IssueAttribute, Issuer, Record, Rule};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::seen::{Seen, Value, parse, values};
use crate::strategies::garbage;

/// A line of a file, according to the rules for lines.
#[derive(Debug, PartialEq)]
struct Line<'f> {
    number: u64,
    byte_offset: usize,
    bytes: &'f [u8],
    trailer: bool,
}

/// Splits a complete file into lines: a second, simpler implementation of the rules for lines.
fn lines(file: &[u8]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let (mut byte_offset, file) = match file.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (3, rest),
        None => (0, file),
    };
    let count = file.split(|&byte| byte == b'\n').count();
    for (index, physical) in file.split(|&byte| byte == b'\n').enumerate() {
        let mut bytes = physical;
        while let (true, Some(rest)) = (index + 1 == count, bytes.strip_suffix(b"\x1a")) {
            bytes = rest;
        }
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if !bytes.is_empty() {
            lines.push(Line {
                number: index as u64 + 1,
                byte_offset,
                bytes,
                trailer: false,
            });
        }
        byte_offset += physical.len() + 1;
    }
    while (lines.last()).is_some_and(|line| line.bytes.iter().all(|&byte| byte == 0x1A)) {
        lines.pop();
    }
    if let Some(last) = lines.last_mut() {
        let first_field = last.bytes.split(|&byte| byte == b'|').next();
        let number = first_field.and_then(|field| field.strip_prefix(b"999999"));
        last.trailer = number.is_some_and(|rest| {
            let is_blank = |byte: &&u8| [b' ', b'\t'].contains(byte);
            let rest = &rest[rest.iter().take_while(is_blank).count()..];
            rest.is_empty() || !last.bytes.contains(&b'|') && rest.iter().all(|&byte| byte == 0x1A)
        });
    }
    lines
}

/// Parses a file and compares every event with the lines of the file.
fn account<R: Record>(file: &[u8]) -> Result<(), TestCaseError> {
    let seen = parse::<R>(file);
    let lines = lines(file);
    prop_assert_eq!(seen.len(), lines.len());
    for (event, line) in seen.into_iter().zip(lines) {
        prop_assert_eq!(event.position().line, line.number);
        prop_assert_eq!(event.position().byte_offset, line.byte_offset as u64);
        prop_assert_eq!(event.is_trailer(), line.trailer);
        match event {
            Seen::Record { record, .. } => {
                let Value::Text(Some(key)) = &values(record.as_record_ref())[0].1 else {
                    return Err(TestCaseError::fail("a record has no key"));
                };
                prop_assert!(line.bytes.starts_with(key.as_bytes()));
            }
            Seen::BadRecord {
                raw_line, faults, ..
            } => {
                prop_assert_eq!(raw_line.as_slice(), line.bytes);
                prop_assert_eq!(&file[line.byte_offset..][..raw_line.len()], line.bytes);
                prop_assert!(!faults.is_empty());
                let mut codes = faults.iter().map(|fault| fault.rule.code());
                prop_assert!(codes.all(|code| Rule::REJECTING.contains(&code)));
                let ordinals = |fault: &cusip_pif::Fault| fault.field.map(|field| field.ordinal);
                prop_assert!(faults.is_sorted_by_key(ordinals));
            }
            Seen::Trailer(trailer) => prop_assert!(trailer.text.starts_with("999999")),
        }
    }
    Ok(())
}

/// Generates lines with the right number of fields, each with a few arbitrary bytes.
fn fields<R: Record>() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => prop::sample::select(b"0123456789ACZ*@#-/.+ \t\r\x1a\0".to_vec()),
        1 => any::<u8>(),
    ];
    let count = R::LAYOUT.fields.len();
    let field = vec(byte, 0..7);
    let line = vec(field, count).prop_map(|fields| fields.join(&b'|'));
    vec(line, 0..4).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #[test]
    fn every_line_of_garbage_is_accounted_for(file in garbage()) {
        account::<Issuer>(&file)?;
    }

    #[test]
    fn every_line_of_any_bytes_is_accounted_for(file in vec(any::<u8>(), 0..400)) {
        account::<Issue>(&file)?;
    }

    #[test]
    fn every_line_of_garbage_fields_is_accounted_for(
        issuers in fields::<Issuer>(),
        issues in fields::<Issue>(),
        attributes in fields::<IssueAttribute>(),
    ) {
        account::<Issuer>(&issuers)?;
        account::<Issue>(&issues)?;
        account::<IssueAttribute>(&attributes)?;
    }
}
