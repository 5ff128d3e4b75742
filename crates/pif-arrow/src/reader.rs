//! Reads a file as batches.

use std::io::Read;
use std::iter::FusedIterator;
use std::mem;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use cusip_pif::{Date, Event, FileKind, Issue, IssueAttribute, Issuer, Reader, Record, Trailer};

use crate::batch::BatchBuilder;
use crate::error::Error;
use crate::options::Options;
use crate::rejects::RejectBuilder;

/// The first field of a trailer that marks a file of rejects, which may have any number of records.
const REJECTS_MARK: &str = "REJECTS";

/// Reads a file as batches of typed columns, with its rejects as batches of their own.
///
/// It is an iterator and a [`RecordBatchReader`], and runs in constant memory if you take the rejects
/// after every batch. A batch is shorter than [`Options::with_batch_rows`] says, or even empty, if there are
/// many rejects. The last item is an [`Error`] if the file is cut off or its trailer counts a
/// different number of records, after all batches. After an error, the reader is at its end.
///
/// ```
/// use cusip_pif::FileKind;
/// use cusip_pif_arrow::{BatchReader, Options};
///
/// let file = "037833|10|0|COM||||||A||||||A|2024-01-15\n037833|1|||||||||||||||\n999999|2\n";
/// let mut reader = BatchReader::new(FileKind::Issue, file.as_bytes(), &Options::default());
/// while let Some(batch) = reader.next() {
///     assert_eq!(batch?.num_rows(), 1);
///     for rejects in reader.take_rejects() {
///         assert_eq!(rejects.num_rows(), 1);
///     }
/// }
/// # Ok::<(), arrow_schema::ArrowError>(())
/// ```
#[derive(Debug)]
pub struct BatchReader<T> {
    records: Records<T>,
    batch: BatchBuilder,
    rejects: Rejects,
    summary: Summary,
    state: State,
}

/// What a [`BatchReader`] has read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The number of good records.
    pub records: u64,
    /// The number of rejects.
    pub rejects: u64,
    /// The number of warnings about good records.
    pub warnings: u64,
}

#[derive(Debug)]
enum Records<T> {
    Issuer(Reader<Issuer, T>),
    Issue(Reader<Issue, T>),
    IssueAttribute(Reader<IssueAttribute, T>),
}

/// The rejects that were not taken yet.
#[derive(Debug)]
struct Rejects {
    batch_rows: usize,
    current: RejectBuilder,
    full: Vec<RecordBatch>,
}

#[derive(Debug)]
enum State {
    Reading,
    /// The records end here. The result is returned after the last batch.
    Read(Result<(), Error>),
    Ended,
}

impl<T: Read> BatchReader<T> {
    /// Creates a reader of `input`, which does not need to be buffered.
    pub fn new(kind: FileKind, input: T, options: &Options) -> Self {
        let parse = options.parse_options();
        Self {
            records: match kind {
                FileKind::Issuer => Records::Issuer(Reader::with_options(input, parse)),
                FileKind::Issue => Records::Issue(Reader::with_options(input, parse)),
                FileKind::IssueAttribute => {
                    Records::IssueAttribute(Reader::with_options(input, parse))
                }
            },
            batch: BatchBuilder::new(kind, options),
            rejects: Rejects {
                batch_rows: options.batch_rows,
                current: RejectBuilder::new(),
                full: Vec::new(),
            },
            summary: Summary::default(),
            state: State::Reading,
        }
    }

    /// Returns the rejects that were found since the last call.
    pub fn take_rejects(&mut self) -> Vec<RecordBatch> {
        self.rejects.take()
    }

    /// Returns what was read so far.
    #[must_use]
    pub const fn summary(&self) -> Summary {
        self.summary
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        if matches!(self.state, State::Reading) {
            self.state = match self.fill() {
                Ok(true) => return Ok(Some(self.batch.finish())),
                Ok(false) => State::Read(self.check_complete()),
                Err(error) => State::Read(Err(error)),
            };
        }
        if self.batch.rows() > 0 {
            return Ok(Some(self.batch.finish()));
        }
        match mem::replace(&mut self.state, State::Ended) {
            State::Read(outcome) => outcome.map(|()| None),
            State::Reading | State::Ended => Ok(None),
        }
    }

    /// Reads until a batch of records or rejects is full. Returns whether there may be more records.
    fn fill(&mut self) -> Result<bool, Error> {
        let (batch, rejects, summary) = (&mut self.batch, &mut self.rejects, &mut self.summary);
        match &mut self.records {
            Records::Issuer(reader) => fill(reader, batch, rejects, summary),
            Records::Issue(reader) => fill(reader, batch, rejects, summary),
            Records::IssueAttribute(reader) => fill(reader, batch, rejects, summary),
        }
    }

    fn check_complete(&self) -> Result<(), Error> {
        let (trailer, records) = match &self.records {
            Records::Issuer(reader) => (reader.trailer(), reader.data_records()),
            Records::Issue(reader) => (reader.trailer(), reader.data_records()),
            Records::IssueAttribute(reader) => (reader.trailer(), reader.data_records()),
        };
        let trailer = trailer.ok_or(Error::CutOff { records })?;
        match contradiction(trailer, records) {
            None => Ok(()),
            Some(counted) => Err(Error::CountMismatch {
                records,
                counted,
                trailer: trailer.text.clone(),
            }),
        }
    }
}

impl<T: Read> Iterator for BatchReader<T> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(ArrowError::from).transpose()
    }
}

impl<T: Read> FusedIterator for BatchReader<T> {}

impl<T: Read> RecordBatchReader for BatchReader<T> {
    fn schema(&self) -> SchemaRef {
        self.batch.schema()
    }
}

impl Rejects {
    fn is_full(&self) -> bool {
        self.current.is_full(self.batch_rows)
    }

    fn finish_current(&mut self) {
        if self.current.rows() > 0 {
            self.full.push(self.current.finish());
        }
    }

    fn take(&mut self) -> Vec<RecordBatch> {
        self.finish_current();
        mem::take(&mut self.full)
    }
}

#[inline(never)]
fn fill<R: Record, T: Read>(
    reader: &mut Reader<R, T>,
    batch: &mut BatchBuilder,
    rejects: &mut Rejects,
    summary: &mut Summary,
) -> Result<bool, Error> {
    while !batch.is_full() {
        let event = reader.next_event().map_err(|source| Error::Read {
            records: summary.records + summary.rejects,
            source,
        })?;
        match event {
            Some(Event::Record {
                record, warnings, ..
            }) => {
                batch.push(&record);
                summary.records += 1;
                summary.warnings += warnings.len() as u64;
            }
            Some(Event::BadRecord(bad)) => {
                rejects.current.push(&bad);
                summary.rejects += 1;
                if rejects.is_full() {
                    rejects.finish_current();
                    return Ok(true);
                }
            }
            Some(Event::Trailer(_)) => {}
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// Returns the number of records that the trailer counts, if it is a different one.
///
/// The position of the count is not documented: it is the first integer that is not a date.
fn contradiction(trailer: &Trailer, records: u64) -> Option<u64> {
    let marks_rejects = trailer.fields().next().map(str::trim) == Some(REJECTS_MARK);
    if marks_rejects || trailer.verified_by(records).is_some() {
        return None;
    }
    let counts = (trailer.fields().zip(2..)).filter(|(text, _)| !is_compact_date(text));
    counts
        .filter_map(|(_, ordinal)| trailer.count(ordinal))
        .next()
}

fn is_compact_date(text: &str) -> bool {
    let parts = (text.get(..4), text.get(4..6), text.get(6..));
    let (Some(year), Some(month), Some(day)) = parts else {
        return false;
    };
    format!("{year}-{month}-{day}").parse::<Date>().is_ok()
}
