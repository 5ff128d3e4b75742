//! The public behaviour of the parser crate.

mod chunks;
mod code_lists;
mod decimals_and_dates;
mod file_names;
mod files;
mod identifiers;
mod records;
mod round_trip;
mod strategies;

use cusip_pif::{Event, Fault, ParseOptions, Parser, Position, Record, RecordRef, Trailer};

/// An event that owns what it holds, so that events can be kept and compared.
#[derive(Debug, Clone, PartialEq)]
enum Seen<R> {
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

/// Parses a file that comes in chunks.
fn parse_chunks<'c, R: Record>(
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
    seen
}

/// Parses a file that comes whole.
fn parse<R: Record>(file: impl AsRef<[u8]>) -> Vec<Seen<R>> {
    parse_chunks(ParseOptions::default(), [file.as_ref()])
}

fn drain<R: Record>(parser: &mut Parser<R>, seen: &mut Vec<Seen<R>>) {
    while let Some(event) = parser.next_event() {
        seen.push(own(event));
    }
}

fn own<R: Record>(event: Event<'_, R>) -> Seen<R> {
    match event {
        Event::Record {
            position,
            record,
            warnings,
        } => Seen::Record {
            position,
            record: record_into_owned::<R>(record),
            warnings: warnings.to_vec(),
        },
        Event::BadRecord(bad) => Seen::BadRecord {
            position: bad.position,
            raw_line: bad.raw_line.to_vec(),
            faults: bad.faults.to_vec(),
        },
        Event::Trailer(trailer) => Seen::Trailer(trailer),
    }
}

fn record_into_owned<R: Record>(record: R::Ref<'_>) -> R {
    record.into_owned()
}

impl<R> Seen<R> {
    fn rules(&self) -> Vec<&'static str> {
        match self {
            Self::Record { warnings, .. } => codes(warnings),
            Self::BadRecord { faults, .. } => codes(faults),
            Self::Trailer(_) => Vec::new(),
        }
    }

    fn record(self) -> R {
        match self {
            Self::Record { record, .. } => record,
            Self::BadRecord { faults, .. } => panic!("a bad record: {faults:?}"),
            Self::Trailer(trailer) => panic!("the trailer {trailer:?}"),
        }
    }
}

fn codes(faults: &[Fault]) -> Vec<&'static str> {
    faults.iter().map(|fault| fault.rule.code()).collect()
}
