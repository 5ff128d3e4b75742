//! The push parser: bytes in, records out, no I/O.

use core::marker::PhantomData;

use crate::buffer::Buffer;
use crate::encoding::Decoded;
use crate::fault::{BadRecord, Fault};
use crate::line::{LineRole, Lines};
use crate::line_parser::{LineParser, ParseOptions, trailer};
use crate::position::Position;
use crate::record::Record;
use crate::trailer::Trailer;

/// A push parser for one file of the kind `R`.
///
/// [`push`](Self::push) adds bytes, [`next_event`](Self::next_event) returns what they contain, and
/// [`end`](Self::end) marks the end of the file. It makes no difference how the bytes are divided
/// into chunks. The parser works with any source of bytes: a [`Reader`](crate::Reader), an async
/// stream, or your own loop.
///
/// Memory is bounded by the size of a chunk and of a line (64 KiB; a longer line is a bad record).
/// Good records cost no allocation. A bad record does not affect the records after it.
///
/// ```
/// use cusip_pif::{Event, Issuer, ParseOptions, Parser};
///
/// let mut parser = Parser::<Issuer>::new(ParseOptions::default());
/// let mut names = Vec::new();
/// for chunk in [b"037833|1|APPLE I".as_slice(), b"NC||||||||C|A||A|CA|2024-01-15\n999999|1\n"] {
///     parser.push(chunk);
///     while let Some(event) = parser.next_event() {
///         if let Event::Record { record, .. } = event {
///             names.extend(record.issuer_name_1.map(str::to_owned));
///         }
///     }
/// }
/// parser.end();
/// assert!(matches!(parser.next_event(), Some(Event::Trailer(_))));
/// assert_eq!(names, ["APPLE INC"]);
/// ```
#[derive(Debug)]
pub struct Parser<R> {
    lines: Lines<Buffer>,
    decoded: Decoded,
    line_parser: LineParser,
    data_records: u64,
    kind: PhantomData<fn() -> R>,
}

/// An item of a file, in file order. The trailer, if there is one, comes last.
#[derive(Debug, PartialEq)]
pub enum Event<'a, R: Record> {
    /// A good record.
    Record {
        /// Where the record starts.
        position: Position,
        /// The record, which borrows its text from the parser.
        record: R::Ref<'a>,
        /// Warnings in field order. Most records have none.
        warnings: &'a [Fault],
    },
    /// A record that breaks a rule.
    BadRecord(BadRecord<'a>),
    /// The last line of the file, which is not a data record.
    Trailer(Trailer),
}

impl<R: Record> Parser<R> {
    /// Creates a parser at the beginning of a file.
    #[must_use]
    pub fn new(options: ParseOptions) -> Self {
        Self {
            lines: Lines::default(),
            decoded: Decoded::default(),
            line_parser: LineParser::new(options),
            data_records: 0,
            kind: PhantomData,
        }
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) {
        self.lines.push(chunk);
    }

    /// Marks the end of the file: no more bytes follow.
    pub fn end(&mut self) {
        self.lines.end();
    }

    /// Returns the number of data records so far: all except the trailer, including bad ones.
    #[must_use]
    pub const fn data_records(&self) -> u64 {
        self.data_records
    }

    /// Returns the next event.
    ///
    /// Returns `None` if the parser needs more bytes or, after [`end`](Self::end), at the end of the
    /// file.
    #[inline]
    pub fn next_event(&mut self) -> Option<Event<'_, R>> {
        let mut event = None;
        if self.advance() {
            self.event(&mut event);
        }
        event
    }

    /// Moves to the next line and returns whether there is one.
    #[inline]
    pub(crate) fn advance(&mut self) -> bool {
        self.lines.advance()
    }

    /// Parses the line that [`advance`](Self::advance) moved to.
    ///
    /// Writes the event in place, because it has several hundred bytes and moving it right after
    /// writing it is slow.
    pub(crate) fn event<'a>(&'a mut self, event: &mut Option<Event<'a, R>>) {
        let (raw_line, line) = (self.lines.bytes(), self.lines.line());
        let position = line.position;
        if line.role == LineRole::Trailer {
            *event = Some(Event::Trailer(trailer(position, raw_line)));
            return;
        }
        self.data_records += 1;
        let parser = &mut self.line_parser;
        if line.role == LineRole::TooLong {
            parser.refuse_long_line();
        } else {
            let (text, decoded_fields): (&str, &[usize]) = match self.lines.text() {
                Some(text) => (text, &[]),
                None => self.decoded.decode(raw_line),
            };
            *event = Some(Event::Record {
                position,
                record: R::empty(),
                warnings: &[],
            });
            let Some(Event::Record {
                record, warnings, ..
            }) = event
            else {
                return;
            };
            if parser.parse::<R>(text, decoded_fields, record) {
                *warnings = &parser.findings.warnings;
                return;
            }
        }
        *event = Some(Event::BadRecord(
            parser.findings.bad_record(position, raw_line),
        ));
    }
}
