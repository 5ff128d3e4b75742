//! Options of a reader.

use std::fs::File;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

use super::Reader;
use crate::completeness::Completeness;
use crate::error::Error;
use crate::fault::CheckDigits;
use crate::line_parser::{Encoding, ParseOptions};
use crate::record::Record;
use crate::slice_reader::SliceReader;
use crate::trailer::TrailerCount;

/// Opens a [`Reader`] with options, from [`Reader::builder`].
///
/// ```
/// use cusip_pif::{CheckDigits, Issue, Reader};
///
/// // The check digit of this issue is 0, and the trailer was left out.
/// let file = "037833|10|7|COM||||||A||||||A|2024-01-15\n";
/// let mut reader = Reader::<Issue, _>::builder()
///     .check_digits(CheckDigits::Warn)
///     .require_trailer(false)
///     .build(file.as_bytes());
/// assert_eq!(reader.records().count(), 1);
/// assert_eq!(reader.finish()?.verified_by, None);
/// # Ok::<(), cusip_pif::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ReaderBuilder<R> {
    options: ParseOptions,
    completeness: Completeness,
    kind: PhantomData<fn() -> R>,
}

impl<R: Record> ReaderBuilder<R> {
    pub(super) fn new() -> Self {
        Self {
            options: ParseOptions::default(),
            completeness: Completeness::default(),
            kind: PhantomData,
        }
    }

    /// Sets what to do with an issue whose check digit is wrong. By default, it is a bad record.
    pub const fn check_digits(mut self, check_digits: CheckDigits) -> Self {
        self.options.check_digits = check_digits;
        self
    }

    /// Sets what to do with bytes that are not UTF-8. By default, they are read as Windows-1252.
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.options.encoding = encoding;
        self
    }

    /// Sets all options of the parser, which a [`Parser`](crate::Parser) takes as well.
    pub const fn parse_options(mut self, options: ParseOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets whether [`Reader::finish`] fails if the file has no trailer. By default, it does.
    pub const fn require_trailer(mut self, required: bool) -> Self {
        self.completeness.require_trailer = required;
        self
    }

    /// Sets how [`Reader::finish`] compares the trailer with the number of records.
    pub const fn trailer_count(mut self, count: TrailerCount) -> Self {
        self.completeness.count = count;
        self
    }

    /// Creates a reader of `input`, which does not need to be buffered.
    pub fn build<T: Read>(self, input: T) -> Reader<R, T> {
        Reader::new(input, None, self.options, self.completeness)
    }

    /// Creates a reader of a file that is in memory.
    pub fn build_slice(self, file: &[u8]) -> SliceReader<'_, R> {
        SliceReader::whole(file, self.options, self.completeness)
    }

    /// Splits a file that is in memory, to read its parts in parallel, as [`SliceReader::split`] does.
    pub fn build_slices(self, file: &[u8], parts: usize) -> Vec<SliceReader<'_, R>> {
        SliceReader::parts(file, parts, self.options, self.completeness)
    }

    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) with the path, if the file cannot be opened.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Reader<R, File>, Error> {
        let path = path.as_ref().to_owned();
        match File::open(&path) {
            Ok(file) => Ok(Reader::new(
                file,
                Some(path),
                self.options,
                self.completeness,
            )),
            Err(error) => Err(Error::io(Some(path), error)),
        }
    }
}
