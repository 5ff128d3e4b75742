//! One file being parsed: what a load and a check have in common.

use cusip_jobs::Reject;
use cusip_pif::{
    Event, Fault, FileKind, ParseOptions, Parser, Position, Record, RecordKey, RecordRef, Rule,
};
use sha2::{Digest, Sha256};

use crate::summary::FileSummary;

/// Receives what is found in a file, in file order.
pub trait RecordSink {
    /// Receives a good record.
    fn record(&mut self, record: &impl RecordRef, position: Position);

    /// Receives a bad record.
    fn reject(&mut self, reject: Reject);

    /// Receives a warning about the good record that follows.
    fn warning(&mut self, position: Position, warning: &Fault);
}

/// Parses a file and counts what is found.
pub(crate) struct FileParser<R> {
    parser: Parser<R>,
    hash: Sha256,
    previous: Option<RecordKey>,
    summary: FileSummary,
}

impl<R: Record> FileParser<R> {
    pub(crate) fn new(options: ParseOptions) -> Self {
        Self {
            parser: Parser::new(options),
            hash: Sha256::new(),
            previous: None,
            summary: FileSummary::new(),
        }
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.summary.bytes
    }

    /// Returns whether the keys of the good records have strictly ascended so far.
    pub(crate) const fn is_ascending(&self) -> bool {
        self.summary.ascending
    }

    pub(crate) const fn rows_read(&self) -> u64 {
        self.parser.data_records()
    }

    /// Parses the next bytes of the file, up to the last complete line.
    pub(crate) fn push(&mut self, chunk: &[u8], sink: &mut impl RecordSink) {
        self.hash.update(chunk);
        self.summary.bytes += chunk.len() as u64;
        self.parser.push(chunk);
        self.drain(sink);
    }

    /// Parses the rest, and returns the file's summary.
    pub(crate) fn finish(mut self, sink: &mut impl RecordSink) -> FileSummary {
        self.parser.end();
        self.drain(sink);
        self.summary.rows_read = self.parser.data_records();
        self.summary.sha256 = self.hash.finalize().into();
        self.summary
    }

    fn drain(&mut self, sink: &mut impl RecordSink) {
        let kind: FileKind = R::LAYOUT.kind;
        while let Some(event) = self.parser.next_event() {
            match event {
                Event::Record {
                    position,
                    record,
                    warnings,
                } => {
                    let key = Some(record.key());
                    self.summary.ascending &= self.previous < key;
                    self.previous = key;
                    for warning in warnings {
                        self.summary.warnings.add(position, warning);
                        sink.warning(position, warning);
                    }
                    sink.record(&record, position);
                }
                Event::BadRecord(bad) => {
                    self.summary.rows_rejected += 1;
                    if let Rule::FieldCount { found, .. } = bad.faults[0].rule {
                        self.summary.note_field_count(R::LAYOUT, &bad, found);
                    }
                    sink.reject(Reject::bad_record(kind, &bad));
                }
                Event::Trailer(trailer) => self.summary.trailer = Some(trailer),
            }
        }
    }
}
