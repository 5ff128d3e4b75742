//! The rejects of a file: the first are kept, all are counted.

use std::collections::BTreeMap;

use cusip_jobs::{Reject, RejectGroup, RejectGroups};
use cusip_postgres::FileRejects as ToLog;
use sha2::{Digest, Sha256};

/// When the layout of a file changes, each of its records is rejected. No one fixes so many by hand,
/// and the file itself has all of them.
const MOST_KEPT: usize = 10_000;
/// A line can be 64 KiB long.
const MOST_BYTES_KEPT: usize = 4 * 1024 * 1024;

/// The report has fewer of them, and without their lines.
const MOST_REPORTED: usize = 1_000;

/// The rejects of a file so far.
#[derive(Debug, Default)]
pub(super) struct FileRejects {
    kept: Vec<Reject>,
    bytes: usize,
    is_full: bool,
    total: u64,
    by_rule: BTreeMap<String, u64>,
    groups: RejectGroups,
    hash: Sha256,
}

impl FileRejects {
    /// Counts a reject, and keeps it if it is one of the first.
    pub(super) fn add(&mut self, reject: Reject) {
        self.total += 1;
        match self.by_rule.get_mut(&*reject.rule) {
            Some(count) => *count += 1,
            None => drop(self.by_rule.insert(reject.rule.to_string(), 1)),
        }
        self.hash(&reject);
        self.groups.add(&reject);
        self.bytes += size(&reject);
        self.is_full |= self.kept.len() == MOST_KEPT || self.bytes > MOST_BYTES_KEPT;
        if !self.is_full {
            self.kept.push(reject);
        }
    }

    /// Returns what to log, unless there are no rejects.
    pub(super) fn to_log(&self) -> Option<ToLog<'_>> {
        (self.total > 0).then(|| ToLog {
            kept: &self.kept,
            total: self.total,
            by_rule: &self.by_rule,
            sha256: self.hash.clone().finalize().into(),
        })
    }

    /// Returns the first rejects for the report, and all of them in groups.
    pub(super) fn into_report(self) -> (Vec<Reject>, Vec<RejectGroup>) {
        let mut rejects = self.kept;
        rejects.truncate(MOST_REPORTED);
        for reject in &mut rejects {
            reject.raw_line = None;
        }
        (rejects, self.groups.into_vec())
    }

    fn hash(&mut self, reject: &Reject) {
        let (line, offset) = (reject.line_number, reject.byte_offset);
        self.hash.update(line.to_be_bytes());
        self.hash.update(offset.to_be_bytes());
        let field = reject.field.as_deref().unwrap_or_default();
        let raw_line = reject.raw_line.as_deref().unwrap_or_default();
        let texts = [&reject.rule, field, &reject.message].map(str::as_bytes);
        for part in texts.into_iter().chain([raw_line]) {
            self.hash.update(part.len().to_be_bytes());
            self.hash.update(part);
        }
    }
}

fn size(reject: &Reject) -> usize {
    let value = reject.value.as_ref().map_or(0, String::len);
    let raw_line = reject.raw_line.as_ref().map_or(0, Vec::len);
    value + reject.message.len() + raw_line
}

#[cfg(test)]
mod tests {
    use cusip_pif::FileKind;

    use super::*;

    fn rejects(number: u64, line_bytes: usize) -> FileRejects {
        let mut rejects = FileRejects::default();
        for line_number in 1..=number {
            rejects.add(Reject {
                file_id: None,
                kind: FileKind::Issuer,
                line_number,
                byte_offset: 0,
                field: None,
                value: None,
                rule: "field_count".into(),
                message: String::new(),
                raw_line: Some(vec![b'x'; line_bytes]),
            });
        }
        rejects
    }

    fn numbers(rejects: &FileRejects) -> (usize, u64, u64) {
        let logged = rejects.to_log().unwrap();
        (
            logged.kept.len(),
            logged.total,
            logged.by_rule["field_count"],
        )
    }

    #[test]
    fn rejects_are_kept_up_to_a_number_and_a_size_and_all_are_counted() {
        assert_eq!(numbers(&rejects(12_000, 1)), (MOST_KEPT, 12_000, 12_000));
        assert_eq!(numbers(&rejects(100, 64 * 1024)), (64, 100, 100));
    }

    #[test]
    fn report_has_the_first_rejects_without_their_lines() {
        let (reported, _) = rejects(2_000, 10).into_report();
        assert_eq!(reported.len(), MOST_REPORTED);
        assert!(reported.iter().all(|reject| reject.raw_line.is_none()));
    }

    #[test]
    fn hash_covers_the_rejects_that_are_not_kept() {
        let hash = |rejects: FileRejects| rejects.to_log().unwrap().sha256;
        assert_eq!(hash(rejects(12_000, 1)), hash(rejects(12_000, 1)));
        assert_ne!(hash(rejects(12_000, 1)), hash(rejects(12_001, 1)));
    }
}
