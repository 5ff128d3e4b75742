//! Reads one line into a record or finds its faults, with options.

use alloc::borrow::ToOwned;

use crate::encoding::Decoded;
use crate::fault::{CheckDigits, Findings, Rule};
use crate::field::{FieldEnds, FieldParser};
use crate::line::{DOS_END_OF_FILE, MOST_LINE_BYTES};
use crate::position::Position;
use crate::record::Record;
use crate::trailer::Trailer;

/// Options for parsing a file.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    /// What to do with an issue whose check digit is wrong. By default, it is a bad record.
    pub check_digits: CheckDigits,
    /// What to do with bytes that are not UTF-8. By default, they are read as Windows-1252.
    pub encoding: Encoding,
}

/// What to do with a field whose bytes are not valid UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// Read the field as Windows-1252, with a warning. This is the default.
    #[default]
    Utf8OrWindows1252,
    /// Treat the record as bad.
    Utf8,
}

impl ParseOptions {
    /// Sets what to do with an issue whose check digit is wrong.
    #[must_use]
    pub const fn with_check_digits(mut self, check_digits: CheckDigits) -> Self {
        self.check_digits = check_digits;
        self
    }

    /// Sets what to do with bytes that are not UTF-8.
    #[must_use]
    pub const fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }
}

/// Reads lines into records. Keeps the faults and warnings of the last one.
#[derive(Debug)]
pub(crate) struct LineParser {
    options: ParseOptions,
    ends: FieldEnds,
    pub(crate) findings: Findings,
}

impl LineParser {
    pub(crate) fn new(options: ParseOptions) -> Self {
        Self {
            options,
            ends: FieldEnds::new(),
            findings: Findings::default(),
        }
    }

    /// Reads a line into an empty record, and returns whether it is good.
    ///
    /// `decoded_fields` has the indexes of the fields that were not UTF-8.
    #[inline]
    pub(crate) fn parse<'a, R: Record>(
        &mut self,
        line: &'a str,
        decoded_fields: &[usize],
        record: &mut R::Ref<'a>,
    ) -> bool {
        let findings = &mut self.findings;
        findings.clear();
        self.ends.split(line.as_bytes());
        let (expected, found) = (R::LAYOUT.fields.len(), self.ends.count());
        if found != expected {
            findings.record_fault(Rule::FieldCount { expected, found });
            return false;
        }
        let mut fields = FieldParser::new(line, &self.ends, R::LAYOUT, findings);
        R::parse(record, &mut fields, self.options.check_digits);
        if self.ends.has_nul_bytes() {
            fields.fault_nul_bytes();
        }
        match self.options.encoding {
            Encoding::Utf8OrWindows1252 => fields.warn_decoded(decoded_fields),
            Encoding::Utf8 => fields.fault_decoded(decoded_fields),
        }
        if findings.is_empty() {
            return true;
        }
        findings.sort();
        findings.faults.is_empty()
    }

    /// Returns whether a line is a good record.
    #[cfg(feature = "std")]
    pub(crate) fn accepts<R: Record>(&mut self, line: &str) -> bool {
        self.parse::<R>(line, &[], &mut R::empty())
    }

    /// Finds that a line is too long.
    #[cold]
    pub(crate) fn refuse_long_line(&mut self) {
        self.findings.clear();
        let max = MOST_LINE_BYTES;
        self.findings.record_fault(Rule::LineTooLong { max });
    }
}

/// Reads the line of a trailer.
pub(crate) fn trailer(position: Position, raw_line: &[u8]) -> Trailer {
    let mut decoded = Decoded::default();
    let (text, _) = decoded.decode(raw_line);
    Trailer {
        position,
        text: (text.trim_end_matches(char::from(DOS_END_OF_FILE))).to_owned(),
    }
}
