//! The push parser: bytes in, records out, no I/O.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::encoding;
use crate::fault::{BadRecord, CheckDigits, Fault, Findings, Rule};
use crate::field::{FieldEnds, FieldParser};
use crate::line::{DOS_END_OF_FILE, LineRole, Lines, MOST_LINE_BYTES};
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
    options: ParseOptions,
    lines: Lines,
    ends: FieldEnds,
    decoded: String,
    decoded_fields: Vec<usize>,
    findings: Findings,
    data_records: u64,
    kind: PhantomData<fn() -> R>,
}

/// Options for parsing a file.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    /// What to do with an issue whose check digit is wrong. By default, it is a bad record.
    pub check_digits: CheckDigits,
    /// What to do with bytes that are not UTF-8. By default, they are read as Windows-1252.
    pub encoding: Encoding,
}

/// What to do with a field whose bytes are not valid UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// Read the field as Windows-1252, with a warning. This is the default.
    #[default]
    Utf8OrWindows1252,
    /// Treat the record as bad.
    Utf8,
}

impl ParseOptions {
    /// Sets what to do with an issue whose check digit is wrong.
    #[must_use]
    pub const fn with_check_digits(mut self, check_digits: CheckDigits) -> Self {
        self.check_digits = check_digits;
        self
    }

    /// Sets what to do with bytes that are not UTF-8.
    #[must_use]
    pub const fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }
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
            options,
            lines: Lines::default(),
            ends: FieldEnds::new(),
            decoded: String::new(),
            decoded_fields: Vec::new(),
            findings: Findings::default(),
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
            *event = Some(Event::Trailer(trailer(
                position,
                raw_line,
                &mut self.decoded,
            )));
            return;
        }
        self.data_records += 1;
        let findings = &mut self.findings;
        findings.clear();
        if line.role == LineRole::TooLong {
            let max = MOST_LINE_BYTES;
            findings.record_fault(Rule::LineTooLong { max });
            *event = Some(Event::BadRecord(findings.bad_record(position, raw_line)));
            return;
        }
        self.decoded_fields.clear();
        let text = match self.lines.text() {
            Some(text) => text,
            None => {
                encoding::decode_line(raw_line, &mut self.decoded, &mut self.decoded_fields);
                &self.decoded
            }
        };
        self.ends.split(text.as_bytes());
        let (expected, found) = (R::LAYOUT.fields.len(), self.ends.count());
        if found != expected {
            findings.record_fault(Rule::FieldCount { expected, found });
            *event = Some(Event::BadRecord(findings.bad_record(position, raw_line)));
            return;
        }
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
        let mut fields = FieldParser::new(text, &self.ends, R::LAYOUT, findings);
        R::parse(record, &mut fields, self.options.check_digits);
        if self.ends.has_nul_bytes() {
            fields.fault_nul_bytes();
        }
        match self.options.encoding {
            Encoding::Utf8OrWindows1252 => fields.warn_decoded(&self.decoded_fields),
            Encoding::Utf8 => fields.fault_decoded(&self.decoded_fields),
        }
        if findings.is_empty() {
            return;
        }
        findings.sort();
        if findings.faults.is_empty() {
            *warnings = &findings.warnings;
        } else {
            *event = Some(Event::BadRecord(findings.bad_record(position, raw_line)));
        }
    }
}

fn trailer(position: Position, raw_line: &[u8], decoded: &mut String) -> Trailer {
    encoding::decode_line(raw_line, decoded, &mut Vec::new());
    let text = decoded.trim_end_matches(char::from(DOS_END_OF_FILE));
    Trailer {
        position,
        text: text.to_owned(),
    }
}
