//! What is known about a file after it was parsed.

use cusip_pif::{BadRecord, FileKind, Rule, Trailer};

use crate::warnings::WarningCounts;

/// The summary of a parsed file.
#[derive(Debug, Clone)]
pub(crate) struct FileSummary {
    pub(crate) bytes: u64,
    pub(crate) rows_read: u64,
    pub(crate) rows_rejected: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) trailer: Option<Trailer>,
    pub(crate) warnings: WarningCounts,
    /// Whether the keys of the good records strictly ascend, so that none is repeated.
    pub(crate) ascending: bool,
    /// The line of the first bad record that looks like a trailer.
    early_trailer: Option<u64>,
    /// For each other kind, the number of records that have as many fields as its records.
    of_other_kinds: [u64; FileKind::ALL.len()],
    /// The trailer field (counting from 1) that held the record count in earlier files.
    count_field: Option<usize>,
}

impl FileSummary {
    pub(crate) fn new() -> Self {
        Self {
            bytes: 0,
            rows_read: 0,
            rows_rejected: 0,
            sha256: [0; 32],
            trailer: None,
            warnings: WarningCounts::default(),
            ascending: true,
            early_trailer: None,
            of_other_kinds: [0; FileKind::ALL.len()],
            count_field: None,
        }
    }

    /// Notes what a record with a wrong number of fields may be instead.
    pub(crate) fn note_field_count(&mut self, bad: &BadRecord<'_>, found: usize) {
        if bad.raw_line.split(|&byte| byte == b'|').next() == Some(Trailer::NUMBER.as_bytes()) {
            self.early_trailer.get_or_insert(bad.position.line);
        }
        for (kind, records) in FileKind::ALL.iter().zip(&mut self.of_other_kinds) {
            *records += u64::from(kind.layout().fields.len() == found);
        }
    }

    /// Sets which trailer field (counting from 1) held the record count in earlier files.
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

    /// Returns the trailer's field, from 1, that should count the records but has a different
    /// number.
    pub(crate) fn contradicted_field(&self) -> Option<usize> {
        let trailer = self.trailer.as_ref()?;
        self.count_field
            .filter(|field| trailer.count(*field) != Some(self.rows_read))
    }

    /// Returns the line of the trailer, if records follow it.
    pub(crate) fn overrun_trailer(&self) -> Option<u64> {
        self.early_trailer.filter(|_| self.trailer.is_none())
    }

    /// Returns the other kind whose field count most records have, if there is one.
    pub(crate) fn other_kind(&self) -> Option<FileKind> {
        let mut kinds = FileKind::ALL.into_iter().zip(self.of_other_kinds);
        let found = kinds.find(|(_, records)| *records > self.rows_read / 2);
        found.map(|(kind, _)| kind)
    }

    /// Returns how many fields were read as Windows-1252.
    pub(crate) fn windows_1252_fields(&self) -> u64 {
        self.warnings.count(&Rule::Windows1252)
    }

    /// Returns the warnings about records and trailer, for people.
    pub(crate) fn warning_messages(&self) -> Vec<String> {
        let of_trailer = match (&self.trailer, self.overrun_trailer()) {
            (None, Some(line)) => Some(format!(
                "records follow the trailer on line {line}, so the file may be incomplete"
            )),
            (None, None) => Some("there is no trailer, so the file may be incomplete".to_owned()),
            (Some(_), _) if self.trailer_field().is_some() => None,
            (Some(Trailer { position, text }), _) => Some(format!(
                "line {}: no field of the trailer {text:?} is the number of records, {}",
                position.line, self.rows_read
            )),
        };
        let of_kind = self.other_kind().map(|kind| {
            let fields = kind.layout().fields.len();
            format!(
                "most of its records have {fields} fields, like {kind} files; check the file's kind"
            )
        });
        (self.warnings.messages())
            .chain(of_trailer)
            .chain(of_kind)
            .collect()
    }
}
