//! The parser: takes bytes in chunks of any size, gives records. It reads nothing by itself.

use std::marker::PhantomData;

use crate::encoding;
use crate::fault::{BadRecord, CheckDigits, Fault, Findings, Rule};
use crate::field::{FieldEnds, FieldParser};
use crate::line::{DOS_END_OF_FILE, LineRole, Lines, MOST_LINE_BYTES};
use crate::position::Position;
use crate::record::Record;
use crate::trailer::Trailer;

/// A push parser for one file of the kind `R`.
///
/// Bytes go in by [`push`](Self::push), events come out of [`next_event`](Self::next_event), and
/// [`end`](Self::end) says that no more bytes come. How the bytes are divided into chunks makes no
/// difference. The same parser serves a [`Reader`](crate::Reader), an asynchronous stream, or
/// anything else that moves bytes.
///
/// Memory is bounded by the size of a chunk and of a line (64 KiB at most; what is longer is a bad
/// record). A good record costs no allocation. A bad record changes nothing for those after it.
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
    findings: Findings,
    data_records: u64,
    kind: PhantomData<fn() -> R>,
}

/// How a file is parsed.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    /// What becomes of an issue whose check digit is wrong. By default it is a bad record.
    pub check_digits: CheckDigits,
}

impl ParseOptions {
    /// Sets what becomes of an issue whose check digit is wrong.
    #[must_use]
    pub const fn with_check_digits(mut self, check_digits: CheckDigits) -> Self {
        self.check_digits = check_digits;
        self
    }
}

/// What the parser finds in a file, in file order. The trailer, if there is one, comes last.
#[derive(Debug, PartialEq)]
pub enum Event<'a, R: Record> {
    /// A record that follows the rules of its kind.
    Record {
        /// Where the record begins.
        position: Position,
        /// The record, with its text in the parser's buffer.
        record: R::Ref<'a>,
        /// What is odd about it, though no rule is broken, in field order; mostly nothing.
        warnings: &'a [Fault],
    },
    /// A record that breaks a rule.
    BadRecord(BadRecord<'a>),
    /// The last record of the file, which is none of the data.
    Trailer(Trailer),
}

impl<R: Record> Parser<R> {
    /// Makes a parser that has seen nothing yet.
    #[must_use]
    pub fn new(options: ParseOptions) -> Self {
        Self {
            options,
            lines: Lines::default(),
            ends: FieldEnds::new(),
            decoded: String::new(),
            findings: Findings::default(),
            data_records: 0,
            kind: PhantomData,
        }
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) {
        self.lines.push(chunk);
    }

    /// Says that the file is at its end.
    pub fn end(&mut self) {
        self.lines.end();
    }

    /// Returns how many data records there were so far: all but the trailer, bad ones among them.
    #[must_use]
    pub const fn data_records(&self) -> u64 {
        self.data_records
    }

    /// Returns the next event.
    ///
    /// Nothing is returned when more bytes are needed or, after [`end`](Self::end), when the file
    /// has been read to its end.
    #[inline]
    pub fn next_event(&mut self) -> Option<Event<'_, R>> {
        let mut event = None;
        if self.advance() {
            self.event(&mut event);
        }
        event
    }

    /// Goes to the next line, and tells whether there is one.
    #[inline]
    pub(crate) fn advance(&mut self) -> bool {
        self.lines.advance()
    }

    /// Makes the event of the line that [`advance`](Self::advance) went to.
    ///
    /// It is made where the caller has it: one of several hundred bytes that were written just now is
    /// costly to move.
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
        let mut decoded = Vec::new();
        let text = match self.lines.text() {
            Some(text) => text,
            None => {
                decoded = encoding::decode_line(raw_line, &mut self.decoded);
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
        fields.warn_decoded(&decoded);
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
    encoding::decode_line(raw_line, decoded);
    let text = decoded.trim_end_matches(char::from(DOS_END_OF_FILE));
    Trailer {
        position,
        text: text.to_owned(),
    }
}
