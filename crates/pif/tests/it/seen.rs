//! Collects the events of a parser or reader, so that tests can compare them.

use cusip_pif::{
    Date, Decimal, Event, Fault, Field, ParseOptions, Parser, Position, Reader, Record, RecordRef,
    Trailer, ValueVisitor,
};

/// Files up to this size are also parsed byte by byte in every test.
const MOST_BYTES_FOR_SINGLE_BYTES: usize = 8 * 1024;

/// An owned event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen<R> {
    Record {
        position: Position,
        record: R,
        warnings: Vec<Fault>,
    },
    BadRecord {
        position: Position,
        raw_line: Vec<u8>,
        faults: Vec<Fault>,
    },
    Trailer(Trailer),
}

impl<R: Record> Seen<R> {
    /// Copies an event.
    pub(crate) fn new(event: Event<'_, R>) -> Self {
        match event {
            Event::Record {
                position,
                record,
                warnings,
            } => Self::Record {
                position,
                record: record.into_owned(),
                warnings: warnings.to_vec(),
            },
            Event::BadRecord(bad) => Self::BadRecord {
                position: bad.position,
                raw_line: bad.raw_line.to_vec(),
                faults: bad.faults.to_vec(),
            },
            Event::Trailer(trailer) => Self::Trailer(trailer),
        }
    }

    pub(crate) fn position(&self) -> Position {
        match self {
            Self::Record { position, .. } | Self::BadRecord { position, .. } => *position,
            Self::Trailer(trailer) => trailer.position,
        }
    }

    pub(crate) fn is_trailer(&self) -> bool {
        matches!(self, Self::Trailer(_))
    }

    /// Returns the record. Panics unless it is a good record.
    pub(crate) fn into_record(self) -> R {
        match self {
            Self::Record { record, .. } => record,
            other => panic!("this is not a good record: {other:?}"),
        }
    }

    /// Returns the warnings. Panics unless it is a good record.
    pub(crate) fn into_warnings(self) -> Vec<Fault> {
        match self {
            Self::Record { warnings, .. } => warnings,
            other => panic!("this is not a good record: {other:?}"),
        }
    }

    /// Returns the faults. Panics unless it is a bad record.
    pub(crate) fn into_faults(self) -> Vec<Fault> {
        match self {
            Self::BadRecord { faults, .. } => faults,
            other => panic!("this is not a bad record: {other:?}"),
        }
    }

    /// Describes the event in one line: position, type, and key, rules or text.
    fn outline(&self) -> String {
        let position = self.position();
        match self {
            Self::Record { record, .. } => {
                let key = values(record.as_record_ref()).swap_remove(0).1;
                format!("{position}: record {key}")
            }
            Self::BadRecord { faults, .. } => {
                let codes: Vec<_> = faults.iter().map(|fault| fault.rule.code()).collect();
                format!("{position}: bad record, {}", codes.join(", "))
            }
            Self::Trailer(trailer) => format!("{position}: trailer {}", trailer.text),
        }
    }
}

/// Parses a file as one chunk, and checks that other ways to feed it give the same events.
pub(crate) fn parse<R: Record>(file: impl AsRef<[u8]>) -> Vec<Seen<R>> {
    parse_with(ParseOptions::default(), file)
}

/// Same as [`parse`], with options.
pub(crate) fn parse_with<R: Record>(options: ParseOptions, file: impl AsRef<[u8]>) -> Vec<Seen<R>> {
    let file = file.as_ref();
    let seen = parse_chunks(options, [file]);
    assert_eq!(
        seen,
        parse_ended(options, file),
        "end() before the first event"
    );
    assert_eq!(seen, read(options, file), "a reader");
    if file.len() <= MOST_BYTES_FOR_SINGLE_BYTES {
        assert_eq!(seen, parse_chunks(options, file.chunks(1)), "single bytes");
    }
    seen
}

/// Parses a file in chunks and takes out all events after each chunk.
pub(crate) fn parse_chunks<'c, R: Record>(
    options: ParseOptions,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Vec<Seen<R>> {
    let mut parser = Parser::<R>::new(options);
    let mut seen = Vec::new();
    for chunk in chunks {
        parser.push(chunk);
        drain(&mut parser, &mut seen);
    }
    parser.end();
    drain(&mut parser, &mut seen);
    let data_records = seen.iter().filter(|event| !event.is_trailer()).count();
    assert_eq!(parser.data_records(), data_records as u64);
    seen
}

/// Parses a file with a single event and returns it.
pub(crate) fn parse_one<R: Record>(file: impl AsRef<[u8]>) -> Seen<R> {
    let mut seen = parse(file);
    assert_eq!(seen.len(), 1, "not one event: {seen:?}");
    seen.remove(0)
}

/// Parses a file and describes each event in one line.
pub(crate) fn outline<R: Record>(file: impl AsRef<[u8]>) -> Vec<String> {
    parse::<R>(file).iter().map(Seen::outline).collect()
}

/// Returns field, value and rule of each fault or warning.
pub(crate) fn summary(faults: &[Fault]) -> Vec<(&str, &str, &str)> {
    (faults.iter())
        .map(|fault| {
            let field = fault.field.map_or("", |field| field.name);
            let value = fault.value.as_deref().unwrap_or_default();
            (field, value, fault.rule.code())
        })
        .collect()
}

/// The value of a field, of any type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(Option<String>),
    Date(Option<Date>),
    Integer(Option<i32>),
    Decimal(Option<Decimal>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(Some(text)) => formatter.write_str(text),
            other => write!(formatter, "{other:?}"),
        }
    }
}

/// Returns the fields of a record with their values.
pub(crate) fn values(record: impl RecordRef) -> Vec<(&'static Field, Value)> {
    let mut values = Values(Vec::new());
    record.visit(&mut values);
    values.0
}

struct Values(Vec<(&'static Field, Value)>);

impl ValueVisitor for Values {
    fn text(&mut self, field: &'static Field, value: Option<&str>) {
        self.0.push((field, Value::Text(value.map(str::to_owned))));
    }

    fn date(&mut self, field: &'static Field, value: Option<Date>) {
        self.0.push((field, Value::Date(value)));
    }

    fn integer(&mut self, field: &'static Field, value: Option<i32>) {
        self.0.push((field, Value::Integer(value)));
    }

    fn decimal(&mut self, field: &'static Field, value: Option<Decimal>) {
        self.0.push((field, Value::Decimal(value)));
    }
}

fn parse_ended<R: Record>(options: ParseOptions, file: &[u8]) -> Vec<Seen<R>> {
    let mut parser = Parser::<R>::new(options);
    parser.push(file);
    parser.end();
    let mut seen = Vec::new();
    drain(&mut parser, &mut seen);
    seen
}

fn read<R: Record>(options: ParseOptions, file: &[u8]) -> Vec<Seen<R>> {
    let mut reader = Reader::<R, _>::with_options(file, options);
    let mut seen = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        seen.push(Seen::new(event));
    }
    seen
}

fn drain<R: Record>(parser: &mut Parser<R>, seen: &mut Vec<Seen<R>>) {
    while let Some(event) = parser.next_event() {
        seen.push(Seen::new(event));
    }
}
