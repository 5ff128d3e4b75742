//! Writes files in the form in which the vendor delivers them.

use std::io::Write;

use memchr::memchr3;

use crate::date::Date;
use crate::decimal::Decimal;
use crate::error::Error;
use crate::field::SEPARATOR;
use crate::layout::Field;
use crate::line::DOS_END_OF_FILE;
use crate::record::{RecordRef, ValueVisitor};
use crate::trailer::Trailer;

const LINE_END: &[u8] = b"\r\n";

/// Writes one file: records, then the trailer.
///
/// Lines end in CR LF and the file ends in the DOS end-of-file byte, as in delivered files. Each
/// record is a separate write, so use a buffered output.
///
/// ```
/// use cusip_pif::{Date, Issue, Reader, Record, Writer};
///
/// let line = "037833|10|0|COM||||||A||||||A|2024-01-15\r\n";
/// let issue: Issue = Reader::from_reader(line.as_bytes()).records().next().expect("a record")?;
/// let mut writer = Writer::new(Vec::new());
/// writer.write(issue.as_record_ref())?;
/// let day = Date::new(2024, 1, 15).expect("a day");
/// let file = writer.finish(day)?;
/// assert_eq!(file, [line, "999999|0000000001|2024-01-15\r\n\u{1a}"].concat().as_bytes());
/// # Ok::<(), cusip_pif::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    line: Vec<u8>,
    records: u64,
}

impl<W: Write> Writer<W> {
    /// Creates a writer at the beginning of a file.
    pub const fn new(output: W) -> Self {
        Self {
            output,
            line: Vec::new(),
            records: 0,
        }
    }

    /// Writes a record. Does not check whether texts fit their fields.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unwritable`](crate::ErrorKind::Unwritable), if a text contains `|`, a line feed
    /// or a NUL byte; in that case, no part of the record is written.
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), if writing fails.
    pub fn write(&mut self, record: impl RecordRef) -> Result<(), Error> {
        self.line.clear();
        let mut line = LineVisitor {
            line: &mut self.line,
            unwritable: None,
        };
        record.visit(&mut line);
        if let Some(error) = line.unwritable {
            return Err(error);
        }
        self.line.pop();
        self.line.extend_from_slice(LINE_END);
        self.flush_line()?;
        self.records += 1;
        Ok(())
    }

    /// Writes the trailer with the number of records and the day, and returns the flushed output.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), if writing fails.
    pub fn finish(mut self, day: Date) -> Result<W, Error> {
        let (number, records) = (Trailer::NUMBER, self.records);
        self.line = format!("{number}|{records:010}|{day}\r\n").into_bytes();
        self.line.push(DOS_END_OF_FILE);
        self.flush_line()?;
        self.output
            .flush()
            .map_err(|error| Error::io(None, error))?;
        Ok(self.output)
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
