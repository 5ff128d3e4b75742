//! Targets for the parser.
//!
//! The first byte of an input chooses the kind of file and the options, the second how the file is cut. The
//! rest is the file.

use cusip_pif::{
    CheckDigits, Date, Decimal, Encoding, ErrorKind, Event, Fault, Field, Issue, IssueAttribute,
    Issuer, ParseOptions, Parser, Position, Reader, Record, RecordRef, Rule, SliceReader, Trailer,
    ValueVisitor, Writer,
};

use crate::naive;

/// A file with what else an input decides.
struct Input<'a> {
    options: ParseOptions,
    cut: usize,
    file: &'a [u8],
}

/// An event, owned.
#[derive(Debug, PartialEq)]
enum Seen<R> {
    Record(Position, R, Vec<Fault>),
    BadRecord(Position, Vec<u8>, Vec<Fault>),
    Trailer(Trailer),
}

/// Runs a check with the type of record that the input chooses.
macro_rules! check_kind {
    ($data:expr, $check:ident) => {
        if let [choice, cut, file @ ..] = $data {
            let input = Input {
                options: options(choice / 3),
                cut: usize::from(*cut),
                file,
            };
            match choice % 3 {
                0 => $check::<Issuer>(&input),
                1 => $check::<Issue>(&input),
                _ => $check::<IssueAttribute>(&input),
            }
        }
    };
}

/// Any division into chunks gives the same events, and so does a reader.
pub(crate) fn chunks(data: &[u8]) {
    check_kind!(data, check_chunks);
}

/// Any division of a file in memory into parts gives the same events.
pub(crate) fn parts(data: &[u8]) {
    check_kind!(data, check_parts);
}

/// A record that was read and written is the same record when it is read again.
pub(crate) fn round_trip(data: &[u8]) {
    check_kind!(data, check_round_trip);
}

/// The lines of bad records, written as a file, have the same faults when they are read again.
pub(crate) fn rejects(data: &[u8]) {
    check_kind!(data, check_rejects);
}

/// A naive reader finds the same records, values, faults, warnings and positions.
pub(crate) fn oracle(data: &[u8]) {
    check_kind!(data, check_oracle);
}

fn options(choice: u8) -> ParseOptions {
    let mut options = ParseOptions::default();
    if choice & 1 == 1 {
        options.check_digits = CheckDigits::Warn;
    }
    if choice & 2 == 2 {
        options.encoding = Encoding::Utf8;
    }
    options
}

fn check_chunks<R: Record>(input: &Input<'_>) {
    let whole = parse::<R>(input.options, [input.file]);
    let size = input.cut + 1;
    assert_eq!(parse(input.options, input.file.chunks(size)), whole);
    // Chunks of which each is larger than the one before, so that they end at other places.
    let (mut rest, mut growing) = (input.file, Vec::new());
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.len().min(growing.len() * size / 2));
        growing.push(chunk);
        rest = after;
    }
    assert_eq!(parse(input.options, growing), whole);

    let mut reader = Reader::<R, _>::with_options(input.file, input.options);
    let mut read = Vec::new();
    while let Some(event) = reader.next_event().expect("memory can be read") {
        read.push(Seen::new(event));
    }
    assert_eq!(read, whole);
}

fn check_parts<R: Record>(input: &Input<'_>) {
    let builder = || {
        Reader::<R, _>::builder()
            .parse_options(input.options)
            .require_trailer(false)
    };
    let mut parts = builder().build_slices(input.file, input.cut);
    let mut seen = Vec::new();
    for part in &mut parts {
        seen.extend(part.by_ref().map(|record| match record {
            Ok(record) => {
                let (position, warnings) = (record.position, record.warnings.clone());
                Seen::Record(position, record.into_owned(), warnings)
            }
            Err(error) => match error.kind() {
                ErrorKind::BadRecord {
                    position,
                    raw_line,
                    faults,
                } => Seen::BadRecord(*position, raw_line.clone(), faults.clone()),
                kind => panic!("a file in memory has no {kind:?}"),
            },
        }));
        seen.extend(part.trailer().cloned().map(Seen::Trailer));
    }
    assert_eq!(seen, parse::<R>(input.options, [input.file]));
    let whole = builder().build(input.file).finish();
    let together = SliceReader::finish_parts(parts);
    assert_eq!(together.ok(), whole.ok());
}

fn check_round_trip<R: Record>(input: &Input<'_>) {
    let mut writer = Writer::new(Vec::new());
    let mut written = Vec::new();
    for seen in parse::<R>(input.options, [input.file]) {
        if let Seen::Record(_, record, warnings) = seen {
            let wrong = |fault: &Fault| matches!(fault.rule, Rule::CheckDigit { .. });
            let result = writer.write(&record);
            assert_eq!(result.is_err(), warnings.iter().any(wrong), "{result:?}");
            if result.is_ok() {
                written.push(record);
            }
        }
    }
    let day = Date::new(2024, 1, 15).expect("a day");
    let file = writer.finish(day).expect("memory can be written");
    let mut reader = Reader::<R, _>::from_reader(file.as_slice());
    let read: Result<Vec<_>, _> = reader.records().collect();
    assert_eq!(read.expect("every record is good"), written);
    let summary = reader.finish().expect("the file is complete");
    assert_eq!(summary.verified_by, Some(2));
}

fn check_rejects<R: Record>(input: &Input<'_>) {
    let bad: Vec<_> = (parse::<R>(input.options, [input.file]).into_iter())
        .filter_map(|seen| match seen {
            Seen::BadRecord(_, line, faults) => Some((line, faults)),
            _ => None,
        })
        // Only the first part of such a line is kept.
        .filter(|(_, faults)| !matches!(faults[0].rule, Rule::LineTooLong { .. }))
        .collect();
    let mut file = Vec::new();
    for (line, _) in &bad {
        file.extend_from_slice(line);
        file.extend_from_slice(b"\r\n");
    }
    file.extend_from_slice(b"999999|REJECTS\r\n");
    // A mark at the beginning of the file would be skipped.
    if file.starts_with(b"\xef\xbb\xbf") {
        file.insert(0, b'\n');
    }
    let mut again = parse::<R>(input.options, [file.as_slice()]);
    assert!(matches!(again.pop(), Some(Seen::Trailer(_))));
    assert_eq!(again.len(), bad.len());
    for (seen, (line, faults)) in again.into_iter().zip(bad) {
        match seen {
            Seen::BadRecord(_, line_again, faults_again) => {
                assert_eq!((line_again, faults_again), (line, faults));
            }
            other => panic!("{line:?} was bad and is {other:?}"),
        }
    }
}

fn check_oracle<R: Record>(input: &Input<'_>) {
    // The parser holds back so many lines at most, and reports more of them as bad records.
    let only_end_of_file = |line: &&[u8]| line.iter().all(|byte| b"\x1a\r".contains(byte));
    let lines = input.file.split(|&byte| byte == b'\n');
    if lines.filter(only_end_of_file).count() > 64 {
        return;
    }
    let seen: Vec<_> = (parse::<R>(input.options, [input.file]).into_iter())
        .map(|seen| {
            let codes = |faults: Vec<Fault>| {
                let ordinal = |fault: &Fault| fault.field.map_or(0, |field| field.ordinal);
                let mut codes: Vec<_> = (faults.iter())
                    .map(|fault| (ordinal(fault), fault.rule.code()))
                    .collect();
                codes.sort_unstable();
                codes
            };
            match seen {
                Seen::Record(position, record, warnings) => naive::Line {
                    position,
                    content: naive::Content::Record(texts(record.as_record_ref()), codes(warnings)),
                },
                Seen::BadRecord(position, _, faults) => naive::Line {
                    position,
                    content: naive::Content::BadRecord(codes(faults)),
                },
                Seen::Trailer(trailer) => naive::Line {
                    position: trailer.position,
                    content: naive::Content::Trailer,
                },
            }
        })
        .collect();
    assert_eq!(seen, naive::read(input.file, R::LAYOUT, input.options));
}

impl<R: Record> Seen<R> {
    fn new(event: Event<'_, R>) -> Self {
        match event {
            Event::Record {
                position,
                record,
                warnings,
            } => Self::Record(position, record.into_owned(), warnings.to_vec()),
            Event::BadRecord(bad) => {
                Self::BadRecord(bad.position, bad.raw_line.to_vec(), bad.faults.to_vec())
            }
            Event::Trailer(trailer) => Self::Trailer(trailer),
        }
    }
}

fn parse<'a, R: Record>(
    options: ParseOptions,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Seen<R>> {
    let mut parser = Parser::<R>::new(options);
    let mut seen = Vec::new();
    for chunk in chunks {
        parser.push(chunk);
        while let Some(event) = parser.next_event() {
            seen.push(Seen::new(event));
        }
    }
    parser.end();
    while let Some(event) = parser.next_event() {
        seen.push(Seen::new(event));
    }
    seen
}

/// Returns the values of a record as texts.
fn texts(record: impl RecordRef) -> Vec<Option<String>> {
    let mut texts = Texts(Vec::new());
    record.visit(&mut texts);
    texts.0
}

struct Texts(Vec<Option<String>>);

impl ValueVisitor for Texts {
    fn text(&mut self, _: &'static Field, value: Option<&str>) {
        self.0.push(value.map(str::to_owned));
    }

    fn date(&mut self, _: &'static Field, value: Option<Date>) {
        self.0.push(value.map(|date| date.to_string()));
    }

    fn integer(&mut self, _: &'static Field, value: Option<i32>) {
        self.0.push(value.map(|integer| integer.to_string()));
    }

    fn decimal(&mut self, _: &'static Field, value: Option<Decimal>) {
        self.0.push(value.map(|decimal| decimal.to_string()));
    }
}
