//! Reads records from files and anything else that implements `Read`.

mod builder;

use std::fs::File;
use std::io::{self, Read};
use std::iter::FusedIterator;
use std::path::{Path, PathBuf};

use crate::completeness::{Completeness, Content, Summary};
use crate::error::Error;
use crate::line_parser::ParseOptions;
use crate::parser::{Event, Parser};
use crate::record::{Record, RecordRef};
use crate::trailer::Trailer;

pub use self::builder::ReaderBuilder;

const CHUNK_BYTES: usize = 64 * 1024;

/// A streaming reader of one file of the kind `R`.
///
/// After the last record, call [`finish`](Self::finish): it fails if the file was cut off or records
/// are missing.
///
/// There are two ways to read:
/// - [`next_event`](Self::next_event) returns records, bad records, warnings and the trailer.
///   Records borrow from the reader's buffer, so they cost no allocation.
/// - [`records`](Self::records) and [`into_records`](Self::into_records) iterate over records that
///   own their text, with one allocation for each text. A bad record is an `Err`.
///
/// A bad record does not affect the records after it. After an I/O error the reader is at its end,
/// so that a loop that ignores errors still stops.
///
/// ```
/// use cusip_pif::{Issue, Reader};
///
/// let file = "037833|10|0|COM||||||A||||||A|2024-01-15\n999999|1\n";
/// let mut reader = Reader::<Issue, _>::from_reader(file.as_bytes());
/// for issue in reader.records() {
///     assert_eq!(issue?.issue_desc_1.as_deref(), Some("COM"));
/// }
/// let summary = reader.finish()?;
/// assert_eq!((summary.data_records, summary.verified_by), (1, Some(2)));
/// # Ok::<(), cusip_pif::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R, T> {
    parser: Parser<R>,
    input: T,
    path: Option<PathBuf>,
    chunk: Vec<u8>,
    ended: bool,
    failed: bool,
    bad_records: u64,
    trailer: Option<Trailer>,
    completeness: Completeness,
}

impl<R: Record> Reader<R, ()> {
    /// Creates a builder to open a reader with options.
    pub fn builder() -> ReaderBuilder<R> {
        ReaderBuilder::new()
    }
}

impl<R: Record> Reader<R, File> {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) with the path, if the file cannot be opened.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::from_path_with_options(path, ParseOptions::default())
    }

    /// Opens the file at `path` with options for parsing.
    ///
    /// # Errors
    ///
    /// Same as [`from_path`](Self::from_path).
    pub fn from_path_with_options(
        path: impl AsRef<Path>,
        options: ParseOptions,
    ) -> Result<Self, Error> {
        ReaderBuilder::new().parse_options(options).open(path)
    }
}

impl<R: Record, T: Read> Reader<R, T> {
    /// Creates a reader of `input`, which does not need to be buffered.
    pub fn from_reader(input: T) -> Self {
        Self::with_options(input, ParseOptions::default())
    }

    /// Creates a reader of `input` with options for parsing.
    pub fn with_options(input: T, options: ParseOptions) -> Self {
        Self::new(input, None, options, Completeness::default())
    }

    fn new(
        input: T,
        path: Option<PathBuf>,
        options: ParseOptions,
        completeness: Completeness,
    ) -> Self {
        Self {
            parser: Parser::new(options),
            input,
            path,
            chunk: vec![0; CHUNK_BYTES],
            ended: false,
            failed: false,
            bad_records: 0,
            trailer: None,
            completeness,
        }
    }

    /// Returns the next record, bad record or trailer, or `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), if reading fails. The reader is then at its end.
    pub fn next_event(&mut self) -> Result<Option<Event<'_, R>>, Error> {
        while !self.parser.advance() {
            if self.ended {
                return Ok(None);
            }
            self.fill()?;
        }
        self.event()
    }

    /// Returns an iterator over owned records, without the trailer.
    pub fn records(&mut self) -> Records<'_, R, T> {
        Records { reader: self }
    }

    /// Converts the reader into an iterator over owned records, without the trailer.
    pub fn into_records(self) -> IntoRecords<R, T> {
        IntoRecords { reader: self }
    }

    /// Reads to the end of the file and checks that the file is complete.
    ///
    /// Counts bad records, but does not return them: a file with bad records can be complete.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CutOff`](crate::ErrorKind::CutOff), if the file has no trailer or an earlier read failed.
    /// [`ErrorKind::CountMismatch`](crate::ErrorKind::CountMismatch), if the trailer states another number of records.
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), if reading fails.
    pub fn finish(mut self) -> Result<Summary, Error> {
        while self.next_event()?.is_some() {}
        let content = Content {
            data_records: self.data_records(),
            bad_records: self.bad_records,
            trailer: self.trailer,
            failed: self.failed,
        };
        self.completeness.verify(content, self.path)
    }

    /// Returns the input.
    pub const fn get_ref(&self) -> &T {
        &self.input
    }

    /// Returns the input, from which the reader may have read more than it has returned.
    pub fn into_inner(self) -> T {
        self.input
    }

    /// Returns the trailer, after the reader has reached the end of the file.
    #[must_use]
    pub const fn trailer(&self) -> Option<&Trailer> {
        self.trailer.as_ref()
    }

    /// Returns the number of data records so far: all except the trailer, including bad ones.
    #[must_use]
    pub const fn data_records(&self) -> u64 {
        self.parser.data_records()
    }

    /// Parses the current line. Builds the event in the return value, to avoid a move.
    #[inline(never)]
    fn event(&mut self) -> Result<Option<Event<'_, R>>, Error> {
        let mut found = Ok(None);
        if let Ok(event) = &mut found {
            self.parser.event(event);
            match event {
                Some(Event::Trailer(trailer)) => self.trailer = Some(trailer.clone()),
                Some(Event::BadRecord(_)) => self.bad_records += 1,
                _ => {}
            }
        }
        found
    }

    fn fill(&mut self) -> Result<(), Error> {
        match self.input.read(&mut self.chunk) {
            Ok(0) => {
                self.ended = true;
                self.parser.end();
                Ok(())
            }
            Ok(count) => {
                self.parser.push(&self.chunk[..count]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => {
                self.ended = true;
                self.failed = true;
                Err(Error::io(self.path.clone(), error))
            }
        }
    }

    fn next_record(&mut self) -> Option<Result<R, Error>> {
        loop {
            return Some(match self.next_event() {
                Ok(Some(Event::Record { record, .. })) => Ok(record.into_owned()),
                Ok(Some(Event::BadRecord(bad))) => Err(bad.into()),
                Ok(Some(Event::Trailer(_))) => continue,
                Ok(None) => return None,
                Err(error) => Err(error),
            });
        }
    }
}

/// An iterator over the records of a [`Reader`], from [`Reader::records`].
#[derive(Debug)]
pub struct Records<'r, R, T> {
    reader: &'r mut Reader<R, T>,
}

impl<R: Record, T: Read> Iterator for Records<'_, R, T> {
    type Item = Result<R, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next_record()
    }
}

impl<R: Record, T: Read> FusedIterator for Records<'_, R, T> {}

/// An iterator that owns its [`Reader`], from [`Reader::into_records`].
#[derive(Debug)]
pub struct IntoRecords<R, T> {
    reader: Reader<R, T>,
}

impl<R, T> IntoRecords<R, T> {
    /// Returns the reader, to get the trailer and the number of records.
    pub const fn reader(&self) -> &Reader<R, T> {
        &self.reader
    }

    /// Converts the iterator back into the reader, to [finish](Reader::finish) it.
    pub fn into_reader(self) -> Reader<R, T> {
        self.reader
    }
}

impl<R: Record, T: Read> Iterator for IntoRecords<R, T> {
    type Item = Result<R, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next_record()
    }
}

impl<R: Record, T: Read> FusedIterator for IntoRecords<R, T> {}
