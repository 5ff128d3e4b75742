//! Turns a file's records into rows for the database, and collects its rejects.

use std::collections::BTreeSet;
use std::mem;

use bytes::Bytes;
use cusip_jobs::Reject;
use cusip_pif::{Fault, Position, RecordRef, Rule};
use cusip_postgres::RowBuffer;

use super::file_rejects::FileRejects;
use crate::diff::Diff;
use crate::parse::RecordSink;

const MOST_CODES_REMEMBERED: usize = 1_000;

/// Turns good records into rows, and collects the rejects.
pub(super) struct Rows {
    buffer: RowBuffer,
    skip_unchanged: Option<SkipUnchanged>,
    rejects: FileRejects,
}

/// Skips the records that the master table already has.
struct SkipUnchanged {
    diff: Diff,
    skipped: u64,
    /// The undocumented codes found so far, with the names of their lists.
    codes: BTreeSet<(&'static str, String)>,
    /// Whether the next record has a code that is new in this file.
    has_new_code: bool,
}

impl Rows {
    pub(super) fn new(buffer: RowBuffer, diff: Option<Diff>) -> Self {
        let skip_unchanged = diff.map(|diff| SkipUnchanged {
            diff,
            skipped: 0,
            codes: BTreeSet::new(),
            has_new_code: false,
        });
        Self {
            buffer,
            skip_unchanged,
            rejects: FileRejects::default(),
        }
    }

    /// Returns whether the records must be sorted by key.
    pub(super) const fn need_order(&self) -> bool {
        self.skip_unchanged.is_some()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.buffer.is_full()
    }

    /// Returns the number of records that were skipped so far.
    pub(super) fn skipped(&self) -> u64 {
        self.skip_unchanged.as_ref().map_or(0, |skip| skip.skipped)
    }

    pub(super) fn take(&mut self) -> Bytes {
        self.buffer.take()
    }

    /// Returns the number of skipped records, and the rejects.
    pub(super) fn finish(self) -> (u64, FileRejects) {
        let skipped = self.skip_unchanged.map_or(0, |skip| skip.skipped);
        (skipped, self.rejects)
    }
}

impl RecordSink for Rows {
    #[inline]
    fn record(&mut self, record: &impl RecordRef, position: Position) {
        let Some(skip) = &mut self.skip_unchanged else {
            return self.buffer.push(record, position);
        };
        // Undocumented codes are looked up among the staged records, so one record of each is staged.
        let has_new_code = mem::take(&mut skip.has_new_code);
        let mut is_unchanged = false;
        self.buffer.push_if(record, position, |row| {
            is_unchanged = skip.diff.has(row) && !has_new_code;
            !is_unchanged
        });
        skip.skipped += u64::from(is_unchanged);
    }

    fn reject(&mut self, reject: Reject) {
        self.rejects.add(reject);
    }

    fn warning(&mut self, _: Position, warning: &Fault) {
        if let Rule::UndocumentedCode { list } = warning.rule
            && let Some(skip) = &mut self.skip_unchanged
        {
            let code = (list, warning.value.clone().unwrap_or_default());
            if !skip.codes.contains(&code) {
                skip.has_new_code = true;
                if skip.codes.len() < MOST_CODES_REMEMBERED {
                    skip.codes.insert(code);
                }
            }
        }
    }
}
