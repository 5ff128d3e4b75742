//! Turns a file's records into rows for the database, and its bad records into rows of the job log.

use std::collections::BTreeSet;
use std::mem;

use bytes::Bytes;
use cusip_jobs::Reject;
use cusip_pif::{Fault, Position, RecordRef, Rule};
use cusip_postgres::{RejectBuffer, RowBuffer};
use tokio::sync::mpsc::Sender;

use crate::diff::Diff;
use crate::first_rejects::FirstRejects;
use crate::parse::RecordSink;

const MOST_CODES_REMEMBERED: usize = 1_000;

/// Turns good records into rows, and bad ones into rows of the job log.
pub(super) struct Rows {
    buffer: RowBuffer,
    skip_unchanged: Option<SkipUnchanged>,
    first_rejects: FirstRejects,
    rejects: RejectBuffer,
    reject_sender: Sender<Bytes>,
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
    pub(super) fn new(
        buffer: RowBuffer,
        diff: Option<Diff>,
        rejects: RejectBuffer,
        reject_sender: Sender<Bytes>,
    ) -> Self {
        let skip_unchanged = diff.map(|diff| SkipUnchanged {
            diff,
            skipped: 0,
            codes: BTreeSet::new(),
            has_new_code: false,
        });
        Self {
            buffer,
            skip_unchanged,
            first_rejects: FirstRejects::default(),
            rejects,
            reject_sender,
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

    /// Sends the last rejects. Returns the number of skipped records, and the first rejects.
    pub(super) fn finish(mut self) -> (u64, FirstRejects) {
        self.send_rejects();
        let skipped = self.skip_unchanged.map_or(0, |skip| skip.skipped);
        (skipped, self.first_rejects)
    }

    fn send_rejects(&mut self) {
        // The receiver is gone if the load failed elsewhere, which is reported there.
        let _ = self.reject_sender.blocking_send(self.rejects.take());
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
        self.rejects.push(&reject);
        self.first_rejects.add(reject);
        if self.rejects.is_full() {
            self.send_rejects();
        }
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
