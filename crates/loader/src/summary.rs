//! What is known about a file after it was parsed.

use cusip_pif::{BadRecord, Date, Excerpt, FileKind, Layout, Rule, Trailer};

use crate::reject_file;
use crate::warnings::WarningCounts;

const EXTRA_SEPARATORS: &str = "most of its lines end in an extra |; have the file delivered without it, or remove it (`sed 's/|\\r*$//'`)";

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
    /// The number of records with one field too many that end in a separator.
    extra_separators: u64,
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
            extra_separators: 0,
            of_other_kinds: [0; FileKind::ALL.len()],
            count_field: None,
        }
    }

    /// Notes what a record with a wrong number of fields may be instead.
    pub(crate) fn note_field_count(&mut self, layout: &Layout, bad: &BadRecord<'_>, found: usize) {
        let is_one_too_many = found == layout.fields.len() + 1;
        self.extra_separators += u64::from(is_one_too_many && bad.raw_line.ends_with(b"|"));
        let first_field = bad.raw_line.split(|&byte| byte == b'|').next();
        if first_field.map(<[u8]>::trim_ascii_end) == Some(Trailer::NUMBER.as_bytes()) {
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

    /// Expects the record count in the trailer's first number that is not a date. Use this if no field
    /// matches the count and there are no earlier files to compare with.
    pub(crate) fn expect_count_in_first_number(&mut self) {
        let number = |trailer: &Trailer| {
            let mut fields = trailer.fields().zip(2..);
            let number = fields
                .find(|(text, field)| !is_compact_date(text) && trailer.count(*field).is_some());
            number.map(|(_, field)| field)
        };
        if self.trailer_field().is_none() {
            self.count_field = self.trailer.as_ref().and_then(number);
        }
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
            .filter(|_| !self.has_rejects())
            .filter(|field| trailer.count(*field) != Some(self.rows_read))
    }

    /// Returns the line of the trailer, if records follow it.
    pub(crate) fn overrun_trailer(&self) -> Option<u64> {
        self.early_trailer.filter(|_| self.trailer.is_none())
    }

    /// Returns whether the trailer says that this is a file of rejects, whose records are not counted.
    pub(crate) fn has_rejects(&self) -> bool {
        self.trailer.as_ref().is_some_and(reject_file::is_trailer)
    }

    /// Returns whether most lines end in a separator that makes one field too many.
    pub(crate) const fn has_extra_separators(&self) -> bool {
        self.extra_separators > self.rows_read / 2
    }

    /// Returns the other kind whose field count most records have, if there is one.
    pub(crate) fn other_kind(&self) -> Option<FileKind> {
        if self.has_extra_separators() {
            return None;
        }
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
            (Some(_), _) if self.has_rejects() => None,
            (Some(Trailer { position, text }), _) => Some(format!(
                "line {}: no field of the trailer {} is the number of records, {}",
                position.line,
                Excerpt(text),
                self.rows_read
            )),
        };
        let of_kind = self.other_kind().map(|kind| {
            let fields = kind.layout().fields.len();
            format!(
                "most of its records have {fields} fields, like {kind} files; check the file's kind"
            )
        });
        let of_second_trailer = (self.early_trailer.filter(|_| self.trailer.is_some())).map(|line| {
            format!(
                "line {line} looks like a trailer, but is not the last line; files may have been concatenated"
            )
        });
        let of_lines = (self.has_extra_separators()).then(|| EXTRA_SEPARATORS.to_owned());
        (self.warnings.messages())
            .chain(of_second_trailer)
            .chain(of_trailer)
            .chain(of_kind)
            .chain(of_lines)
            .collect()
    }
}

/// Returns whether a text is a date as YYYYMMDD.
fn is_compact_date(text: &str) -> bool {
    let parts = (text.get(..4), text.get(4..6), text.get(6..));
    let (Some(year), Some(month), Some(day)) = parts else {
        return false;
    };
    format!("{year}-{month}-{day}").parse::<Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use cusip_pif::Position;

    use super::*;

    fn contradicted(trailer: &str, rows_read: u64) -> Option<usize> {
        let mut summary = FileSummary::new();
        summary.rows_read = rows_read;
        summary.trailer = Some(Trailer {
            position: Position {
                line: 1,
                byte_offset: 0,
            },
            text: trailer.to_owned(),
        });
        summary.expect_count_in_first_number();
        summary.contradicted_field()
    }

    #[test]
    fn first_number_that_is_not_a_date_should_be_the_count() {
        for trailer in ["999999|5", "999999|0000000005|2024-01-15", "999999|7|5"] {
            assert_eq!(contradicted(trailer, 5), None, "{trailer}");
        }
        assert_eq!(contradicted("999999|0000000005|2024-01-15", 4), Some(2));
        assert_eq!(contradicted("999999|20240115|000005|x", 4), Some(3));
        for trailer in ["999999", "999999|20240115", "999999|x|", "999999|REJECTS|9"] {
            assert_eq!(contradicted(trailer, 4), None, "{trailer}");
        }
    }
}
