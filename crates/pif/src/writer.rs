//! Writes files in the form in which the vendor delivers them.

use std::io::Write;
use std::str;

use memchr::memchr3;

use crate::date::Date;
use crate::decimal::Decimal;
use crate::error::Error;
use crate::field::SEPARATOR;
use crate::layout::Field;
use crate::line::DOS_END_OF_FILE;
use crate::line_parser::{LineParser, ParseOptions};
use crate::position::Position;
use crate::record::{RecordRef, ToRecordRef, ValueVisitor};
use crate::trailer::Trailer;

const LINE_END: &[u8] = b"\r\n";

/// Writes one file: records, then the trailer.
///
/// A record that a [`Reader`](crate::Reader) would refuse is refused.
///
/// Lines end in CR LF and the file ends in the DOS end-of-file byte, as in delivered files. Each
/// record is a separate write, so use a buffered output.
///
/// ```
/// use cusip_pif::{Date, Issue, IssueStatus, Writer};
///
/// let issue = Issue {
///     issue_desc_1: Some("COM".to_owned()),
///     issue_status: Some(IssueStatus::Active.into()),
///     ..Issue::new("037833".parse()?, "10".parse()?)
/// };
/// let mut writer = Writer::new(Vec::new());
/// writer.write(&issue)?;
/// let day = Date::new(2024, 1, 15).expect("a day");
/// let file = writer.finish(day)?;
/// let line = "037833|10||COM||||||A|||||||\r\n";
/// assert_eq!(file, [line, "999999|0000000001|2024-01-15\r\n\u{1a}"].concat().as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    line: Vec<u8>,
    position: Position,
    validator: Option<LineParser>,
}

impl<W: Write> Writer<W> {
    /// Creates a writer at the beginning of a file.
    pub fn new(output: W) -> Self {
        Self {
            validator: Some(LineParser::new(ParseOptions::default())),
            ..Self::unchecked(output)
        }
    }

    /// Creates a writer that does not check whether a reader would accept the records.
    ///
    /// Writing takes about half as long. Use it for records that were read, or to write a file with
    /// bad records for a test.
    pub const fn unchecked(output: W) -> Self {
        let position = Position {
            line: 1,
            byte_offset: 0,
        };
        Self {
            output,
            line: Vec::new(),
            position,
            validator: None,
        }
    }

    /// Writes a record, in its owned or borrowed form.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadRecord`](crate::ErrorKind::BadRecord), if a reader would refuse the record:
    /// its text is too long, a number has too many digits, or its check digit is wrong. In that
    /// case, no part of the record is written.
    /// [`ErrorKind::Unwritable`](crate::ErrorKind::Unwritable), if a text contains `|`, a line feed
    /// or a NUL byte; in that case, no part of the record is written.
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), if writing fails.
    pub fn write<R: ToRecordRef>(&mut self, record: R) -> Result<(), Error> {
        self.line.clear();
        let mut line = LineVisitor {
            line: &mut self.line,
            unwritable: None,
        };
        record.to_record_ref().visit(&mut line);
        if let Some(error) = line.unwritable {
            return Err(error);
        }
        self.line.pop();
        if let Some(validator) = &mut self.validator {
            let line = str::from_utf8(&self.line).expect("the line is made of text");
            if !validator.accepts::<R::Owned>(line) {
                return Err((validator.findings)
                    .bad_record(self.position, &self.line)
                    .into());
            }
        }
        self.line.extend_from_slice(LINE_END);
        self.flush_line()?;
        self.position.line += 1;
        self.position.byte_offset += self.line.len() as u64;
        Ok(())
    }

    /// Writes the trailer with the number of records and the day, and returns the flushed output.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), if writing fails.
    pub fn finish(mut self, day: Date) -> Result<W, Error> {
        let (number, records) = (Trailer::NUMBER, self.position.line - 1);
        self.line = format!("{number}|{records:010}|{day}\r\n").into_bytes();
        self.line.push(DOS_END_OF_FILE);
        self.flush_line()?;
        self.output
            .flush()
            .map_err(|error| Error::io(None, error))?;
        Ok(self.output)
    }

    /// Returns the output.
    pub const fn get_ref(&self) -> &W {
        &self.output
    }

    /// Returns the output without writing a trailer, which leaves the file incomplete.
    pub fn into_inner(self) -> W {
        self.output
    }

    fn flush_line(&mut self) -> Result<(), Error> {
        self.output
            .write_all(&self.line)
            .map_err(|error| Error::io(None, error))
    }
}

/// Appends values to a line, each followed by a separator.
struct LineVisitor<'l> {
    line: &'l mut Vec<u8>,
    unwritable: Option<Error>,
}

impl ValueVisitor for LineVisitor<'_> {
    fn text(&mut self, field: &'static Field, value: Option<&str>) {
        if let Some(value) = value {
            if memchr3(SEPARATOR, b'\n', 0, value.as_bytes()).is_some() {
                (self.unwritable).get_or_insert_with(|| Error::unwritable(field.name, value));
            }
            self.line.extend_from_slice(value.as_bytes());
        }
        self.line.push(SEPARATOR);
    }

    fn date(&mut self, _: &'static Field, value: Option<Date>) {
        if let Some(date) = value {
            date.append_to(self.line);
        }
        self.line.push(SEPARATOR);
    }

    fn integer(&mut self, _: &'static Field, value: Option<i32>) {
        if let Some(integer) = value {
            write!(self.line, "{integer}").expect("a Vec takes every write");
        }
        self.line.push(SEPARATOR);
    }

    fn decimal(&mut self, _: &'static Field, value: Option<Decimal>) {
        if let Some(decimal) = value {
            decimal.append_to(self.line);
        }
        self.line.push(SEPARATOR);
    }
}
