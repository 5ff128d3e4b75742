//! Reads records from a file that is in memory.

use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::Range;
use std::str;

use crate::completeness::{Completeness, Content, Summary};
use crate::encoding::Decoded;
use crate::error::Error;
use crate::fault::Fault;
use crate::line::{LineRole, Lines};
use crate::line_parser::{LineParser, ParseOptions, trailer};
use crate::position::Position;
use crate::record::sealed::Sealed;
use crate::record::{Record, RecordRef, ToRecordRef};
use crate::trailer::Trailer;

const MOST_VALIDATED_BYTES: usize = 64 * 1024;

/// A reader of a file of the kind `R` that is in memory, or of a part of one.
///
/// It is an iterator. The records borrow their text from the file, so you can keep them without a
/// copy. A bad record is an `Err`, and does not affect the records after it. After the last record,
/// call [`finish`](Self::finish).
///
/// ```
/// use cusip_pif::{Issue, SliceReader};
///
/// let file = "037833|10|0|COM||||||A||||||A|2024-01-15\n999999|1\n";
/// let mut reader = SliceReader::<Issue>::new(file.as_bytes());
/// let issues = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
/// reader.finish()?;
/// assert_eq!(issues[0].get().description(), "COM");
/// # Ok::<(), cusip_pif::Error>(())
/// ```
#[derive(Debug)]
pub struct SliceReader<'a, R> {
    part: &'a [u8],
    lines: Lines<&'a [u8]>,
    validated: Validated<'a>,
    decoded: Decoded,
    line_parser: LineParser,
    content: Content,
    completeness: Completeness,
    kind: PhantomData<fn() -> R>,
}

impl<'a, R: Record> SliceReader<'a, R> {
    /// Creates a reader of a file. [`Reader::builder`](crate::Reader::builder) has options.
    #[must_use]
    pub fn new(file: &'a [u8]) -> Self {
        Self::whole(file, ParseOptions::default(), Completeness::default())
    }

    /// Splits a file into at most this many parts of about the same size, to read them in parallel.
    ///
    /// Positions count from the beginning of the file. The last part has the trailer. Pass all parts
    /// to [`finish_parts`](Self::finish_parts) in the end.
    ///
    /// ```
    /// use cusip_pif::{Issuer, SliceReader};
    ///
    /// let file = "00000A|||||||||||||||\n00000B|||||||||||||||\n999999|2\n";
    /// let mut parts = SliceReader::<Issuer>::split(file.as_bytes(), 2);
    /// // With rayon: parts.par_iter_mut()
    /// let good: usize = parts.iter_mut().map(|part| part.flatten().count()).sum();
    /// assert_eq!(good, 2);
    /// SliceReader::finish_parts(parts)?;
    /// # Ok::<(), cusip_pif::Error>(())
    /// ```
    #[must_use]
    pub fn split(file: &'a [u8], parts: usize) -> Vec<Self> {
        Self::parts(
            file,
            parts,
            ParseOptions::default(),
            Completeness::default(),
        )
    }

    pub(crate) fn whole(file: &'a [u8], options: ParseOptions, completeness: Completeness) -> Self {
        Self::part(Lines::of_file(file), options, completeness)
    }

    pub(crate) fn parts(
        file: &'a [u8],
        parts: usize,
        options: ParseOptions,
        completeness: Completeness,
    ) -> Vec<Self> {
        (Lines::parts(file, parts).into_iter())
            .map(|lines| Self::part(lines, options, completeness))
            .collect()
    }

    fn part(lines: Lines<&'a [u8]>, options: ParseOptions, completeness: Completeness) -> Self {
        Self {
            part: lines.part(),
            lines,
            validated: Validated::default(),
            decoded: Decoded::default(),
            line_parser: LineParser::new(options),
            content: Content::default(),
            completeness,
            kind: PhantomData,
        }
    }

    /// Reads to the end of the file and checks that the file is complete.
    ///
    /// Counts bad records, but does not return them: a file with bad records can be complete.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CutOff`](crate::ErrorKind::CutOff), if the file has no trailer.
    /// [`ErrorKind::CountMismatch`](crate::ErrorKind::CountMismatch), if the trailer states another
    /// number of records.
    pub fn finish(self) -> Result<Summary, Error> {
        Self::finish_parts([self])
    }

    /// Reads all parts of a file to their ends and checks that the file is complete.
    ///
    /// # Errors
    ///
    /// Same as [`finish`](Self::finish).
    pub fn finish_parts(parts: impl IntoIterator<Item = Self>) -> Result<Summary, Error> {
        let (mut content, mut completeness) = (Content::default(), Completeness::default());
        for mut part in parts {
            part.by_ref().for_each(drop);
            content.data_records += part.content.data_records;
            content.bad_records += part.content.bad_records;
            content.trailer = part.content.trailer;
            completeness = part.completeness;
        }
        completeness.verify(content, None)
    }

    /// Returns the trailer, after the reader has reached the end of the file.
    #[must_use]
    pub const fn trailer(&self) -> Option<&Trailer> {
        self.content.trailer.as_ref()
    }

    /// Returns the number of data records so far: all except the trailer, including bad ones.
    #[must_use]
    pub const fn data_records(&self) -> u64 {
        self.content.data_records
    }

    /// Parses the current line.
    fn record(&mut self) -> Result<SliceRecord<'a, R>, Error> {
        self.content.data_records += 1;
        let (line, range) = (self.lines.line(), self.lines.range());
        let (position, role) = (line.position, line.role);
        let raw_line = &self.part[range.clone()];
        let parser = &mut self.line_parser;
        if role == LineRole::TooLong {
            parser.refuse_long_line();
        } else if let Some(text) = self.validated.text(self.part, range) {
            let mut record = R::empty();
            if parser.parse::<R>(text, &[], &mut record) {
                return Ok(SliceRecord {
                    position,
                    warnings: parser.findings.take_warnings(),
                    text: Text::Borrowed(record),
                });
            }
        } else {
            let (text, decoded_fields) = self.decoded.decode(raw_line);
            let mut record = R::empty();
            if parser.parse::<R>(text, decoded_fields, &mut record) {
                return Ok(SliceRecord {
                    position,
                    warnings: parser.findings.take_warnings(),
                    text: Text::Decoded(Box::new(record.into_owned())),
                });
            }
        }
        self.content.bad_records += 1;
        Err(parser.findings.bad_record(position, raw_line).into())
    }
}

impl<'a, R: Record> Iterator for SliceReader<'a, R> {
    type Item = Result<SliceRecord<'a, R>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.lines.advance() {
            let line = self.lines.line();
            if line.role != LineRole::Trailer {
                return Some(self.record());
            }
            self.content.trailer = Some(trailer(line.position, self.lines.bytes()));
        }
        None
    }
}

impl<R: Record> FusedIterator for SliceReader<'_, R> {}

/// A record from a [`SliceReader`].
///
/// Its text is that of the file. Only a record that is not UTF-8 has a copy.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceRecord<'a, R: Record> {
    /// Where the record starts in its file.
    pub position: Position,
    /// Warnings in field order. Most records have none.
    pub warnings: Vec<Fault>,
    text: Text<'a, R>,
}

#[derive(Debug, Clone, PartialEq)]
enum Text<'a, R: Record> {
    Borrowed(R::Ref<'a>),
    Decoded(Box<R>),
}

impl<R: Record> SliceRecord<'_, R> {
    /// Returns the record in its borrowed form.
    #[must_use]
    pub fn get(&self) -> R::Ref<'_> {
        match &self.text {
            Text::Borrowed(record) => R::shorten(*record),
            Text::Decoded(record) => record.as_record_ref(),
        }
    }

    /// Copies the text of the record.
    #[must_use]
    pub fn into_owned(self) -> R {
        match self.text {
            Text::Borrowed(record) => record.into_owned(),
            Text::Decoded(record) => *record,
        }
    }
}

impl<R: Record> Sealed for SliceRecord<'_, R> {}

impl<R: Record> ToRecordRef for SliceRecord<'_, R> {
    type Owned = R;

    fn to_record_ref(&self) -> R::Ref<'_> {
        self.get()
    }
}

/// Validates the bytes of a part as UTF-8, ahead of the lines and many lines at once.
///
/// That is much cheaper than line by line, and unlike validating all of the part at first, its bytes
/// come from memory once.
#[derive(Debug, Default)]
struct Validated<'a> {
    start: usize,
    text: &'a str,
}

impl<'a> Validated<'a> {
    /// Returns a range of the part as text, if it is valid UTF-8.
    #[inline]
    fn text(&mut self, part: &'a [u8], range: Range<usize>) -> Option<&'a str> {
        if range.start < self.start || range.end > self.start + self.text.len() {
            self.validate(part, &range);
        }
        self.text
            .get(range.start - self.start..range.end - self.start)
    }

    #[cold]
    fn validate(&mut self, part: &'a [u8], range: &Range<usize>) {
        let end = part
            .len()
            .min(range.end.max(range.start + MOST_VALIDATED_BYTES));
        let bytes = &part[range.start..end];
        self.start = range.start;
        self.text = str::from_utf8(bytes).unwrap_or_else(|error| {
            str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        });
    }
}
