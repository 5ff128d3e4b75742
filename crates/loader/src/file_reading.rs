//! One file being parsed: what a load and a check have in common.

use cusip_pif::{
    BadRecord, Event, FileKind, ParseOptions, Parser, Position, Record, RecordKey, RecordRef, Rule,
    Trailer,
};
use sha2::{Digest, Sha256};

use crate::problem::{Reject, WarningCounts};

/// Takes what is found in a file.
pub(crate) trait Findings {
    /// Takes a good record.
    fn record(&mut self, record: &impl RecordRef, position: Position);

    /// Takes a bad record with the bytes of its line.
    fn reject(&mut self, reject: Reject, raw_line: &[u8]);

    /// Takes a warning about a record.
    fn warning(&mut self, position: Position, warning: &cusip_pif::Fault);
}

/// Tells by how a file begins whether it is compressed by gzip: no PIF file begins so.
#[must_use]
pub fn is_compressed(beginning: &[u8]) -> bool {
    beginning.starts_with(&[0x1f, 0x8b])
}

/// A file that is being parsed, with everything that is counted on the way.
pub(crate) struct FileReading<R> {
    parser: Parser<R>,
    hash: Sha256,
    previous: Option<RecordKey>,
    summary: FileSummary,
}

/// What is known of a file once it has been parsed.
#[derive(Debug, Clone)]
pub(crate) struct FileSummary {
    pub(crate) bytes: u64,
    pub(crate) rows_read: u64,
    pub(crate) rows_rejected: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) trailer: Option<Trailer>,
    /// The line of the first bad record that looks like a trailer.
    early_trailer: Option<u64>,
    /// How many records have as many fields as those of each other kind.
    of_other_kinds: [u64; FileKind::ALL.len()],
    pub(crate) warnings: WarningCounts,
    /// Whether the keys of the good records ascend strictly, so that none can come twice.
    pub(crate) ascending: bool,
    /// The trailer's field that is known to be the number of records, from 1.
    count_field: Option<usize>,
}

impl FileSummary {
    /// States which of the trailer's fields, from 1, has been the number of records in earlier files.
    pub(crate) const fn expect_count_in(&mut self, field: Option<usize>) {
        self.count_field = field;
    }

    /// Returns the trailer's field that confirms the number of records, from 1.
    pub(crate) fn trailer_field(&self) -> Option<usize> {
        let trailer = self.trailer.as_ref()?;
        let known = self
            .count_field
            .filter(|field| trailer.count(*field) == Some(self.rows_read));
        known.or_else(|| trailer.verified_by(self.rows_read))
    }

    /// Returns the trailer's field, from 1, that should be the number of records but is not.
    pub(crate) fn contradicted_field(&self) -> Option<usize> {
        let trailer = self.trailer.as_ref()?;
        self.count_field
            .filter(|field| trailer.count(*field) != Some(self.rows_read))
    }

    /// Returns the line of the trailer, if the file goes on behind it.
    pub(crate) fn overrun_trailer(&self) -> Option<u64> {
        self.early_trailer.filter(|_| self.trailer.is_none())
    }

    /// Returns the kind that most records have the number of fields of, if it is another one.
    pub(crate) fn other_kind(&self) -> Option<FileKind> {
        let mut kinds = FileKind::ALL.into_iter().zip(self.of_other_kinds);
        let found = kinds.find(|(_, records)| *records > self.rows_read / 2);
        found.map(|(kind, _)| kind)
    }

    /// Notes what a record with a wrong number of fields may be instead.
    fn has_wrong_fields(&mut self, bad: &BadRecord<'_>, found: usize) {
        if is_like_trailer(bad.raw_line) {
            self.early_trailer.get_or_insert(bad.position.line);
        }
        for (kind, records) in FileKind::ALL.iter().zip(&mut self.of_other_kinds) {
            *records += u64::from(kind.layout().fields.len() == found);
        }
    }

    /// Returns how many fields were read as Windows-1252.
    pub(crate) fn windows_1252_fields(&self) -> u64 {
        self.warnings.count(&Rule::Windows1252)
    }

    /// Returns the warnings as people read them, the trailer's among them.
    pub(crate) fn warning_messages(&self) -> Vec<String> {
        let of_trailer = match (&self.trailer, self.overrun_trailer()) {
            (None, Some(line)) => Some(format!(
                "there are records behind the trailer on line {line}, so nothing shows that the file is whole"
            )),
            (None, None) => {
                Some("there is no trailer, so nothing shows that the file is whole".to_owned())
            }
            (Some(_), _) if self.trailer_field().is_some() => None,
            (Some(Trailer { position, text }), _) => Some(format!(
                "line {}: no field of the trailer {text:?} is the number of records, {}",
                position.line, self.rows_read
            )),
        };
        let of_kind = self.other_kind().map(|kind| {
            let fields = kind.layout().fields.len();
            format!("most of its records have {fields} fields, as those of {kind} files have: is it one?")
        });
        (self.warnings.messages())
            .chain(of_trailer)
            .chain(of_kind)
            .collect()
    }
}

impl<R: Record> FileReading<R> {
    pub(crate) fn new(options: ParseOptions) -> Self {
        Self {
            parser: Parser::new(options),
            hash: Sha256::new(),
            previous: None,
            summary: FileSummary {
                bytes: 0,
                rows_read: 0,
                rows_rejected: 0,
                sha256: [0; 32],
                trailer: None,
                early_trailer: None,
                of_other_kinds: [0; FileKind::ALL.len()],
                warnings: WarningCounts::default(),
                ascending: true,
                count_field: None,
            },
        }
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.summary.bytes
    }

    /// Tells whether the keys of the good records have ascended strictly so far.
    pub(crate) const fn is_ascending(&self) -> bool {
        self.summary.ascending
    }

    pub(crate) const fn rows_read(&self) -> u64 {
        self.parser.data_records()
    }

    /// Parses the next bytes of the file, as far as they are whole lines.
    pub(crate) fn push(&mut self, chunk: &[u8], findings: &mut impl Findings) {
        self.hash.update(chunk);
        self.summary.bytes += chunk.len() as u64;
        self.parser.push(chunk);
        self.drain(findings);
    }

    /// Parses what is left, and returns what the file has come to.
    pub(crate) fn finish(mut self, findings: &mut impl Findings) -> FileSummary {
        self.parser.end();
        self.drain(findings);
        self.summary.rows_read = self.parser.data_records();
        self.summary.sha256 = self.hash.finalize().into();
        self.summary
    }

    fn drain(&mut self, findings: &mut impl Findings) {
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
                        findings.warning(position, warning);
                    }
                    findings.record(&record, position);
                }
                Event::BadRecord(bad) => {
                    self.summary.rows_rejected += 1;
                    if let Rule::FieldCount { found, .. } = bad.faults[0].rule {
                        self.summary.has_wrong_fields(&bad, found);
                    }
                    findings.reject(Reject::bad_record(kind, &bad), bad.raw_line);
                }
                Event::Trailer(trailer) => self.summary.trailer = Some(trailer),
            }
        }
    }
}

fn is_like_trailer(line: &[u8]) -> bool {
    line.split(|&byte| byte == b'|').next() == Some(Trailer::NUMBER.as_bytes())
}
