//! What becomes of a file's records: rows for the database, or rejects for its ledger.

use std::collections::BTreeSet;
use std::mem;

use bytes::Bytes;
use cusip_pif::{Fault, Position, RecordRef, Rule};
use cusip_postgres::{RejectBuffer, RowBuffer};
use tokio::sync::mpsc::Sender;

use crate::comparison::Comparison;
use crate::file_reading::Findings;
use crate::first_rejects::FirstRejects;
use crate::problem::Reject;

const MOST_CODES_REMEMBERED: usize = 1_000;

/// Turns good records into rows, and bad ones into rows of the ledger.
pub(super) struct Rows {
    buffer: RowBuffer,
    differences: Option<Differences>,
    first_rejects: FirstRejects,
    rejects: RejectBuffer,
    /// Nothing if the ledger has the rejects already.
    reject_sender: Option<Sender<Bytes>>,
}

/// Keeps from the database the records that it has just so.
struct Differences {
    comparison: Comparison,
    unchanged: u64,
    /// The undocumented codes that were met, with the names of their lists.
    codes: BTreeSet<(&'static str, String)>,
    /// Whether one of them is met for the first time in the record that comes next.
    has_new_code: bool,
}

impl Rows {
    pub(super) fn new(
        buffer: RowBuffer,
        comparison: Option<Comparison>,
        rejects: RejectBuffer,
        reject_sender: Option<Sender<Bytes>>,
    ) -> Self {
        let differences = comparison.map(|comparison| Differences {
            comparison,
            unchanged: 0,
            codes: BTreeSet::new(),
            has_new_code: false,
        });
        Self {
            buffer,
            differences,
            first_rejects: FirstRejects::default(),
            rejects,
            reject_sender,
        }
    }

    /// Tells whether the records have to come in the order of their keys.
    pub(super) const fn need_order(&self) -> bool {
        self.differences.is_some()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.buffer.is_full()
    }

    pub(super) fn take(&mut self) -> Bytes {
        self.buffer.take()
    }

    /// Sends the last rejects, and returns how many records the database has just so and the first of
    /// the rejects.
    pub(super) fn finish(mut self) -> (u64, FirstRejects) {
        self.send_rejects();
        let unchanged = self.differences.map_or(0, |held| held.unchanged);
        (unchanged, self.first_rejects)
    }

    fn send_rejects(&mut self) {
        let rejects = self.rejects.take();
        if let Some(sender) = &self.reject_sender {
            // Nobody wants them when the load has failed elsewhere, which is reported there.
            let _ = sender.blocking_send(rejects);
        }
    }
}

impl Findings for Rows {
    #[inline]
    fn record(&mut self, record: &impl RecordRef, position: Position) {
        let Some(held) = &mut self.differences else {
            return self.buffer.push(record, position);
        };
        // The staged records are what the reference tables are held against.
        let is_staged = mem::take(&mut held.has_new_code);
        let mut is_unchanged = false;
        self.buffer.push_if(record, position, |row| {
            is_unchanged = held.comparison.has(row) && !is_staged;
            !is_unchanged
        });
        held.unchanged += u64::from(is_unchanged);
    }

    fn reject(&mut self, reject: Reject, raw_line: &[u8]) {
        self.rejects.push(&reject.entry(raw_line));
        self.first_rejects.add(reject);
        if self.rejects.is_full() {
            self.send_rejects();
        }
    }

    fn warning(&mut self, _: Position, warning: &Fault) {
        if let Rule::UndocumentedCode { list } = warning.rule
            && let Some(held) = &mut self.differences
        {
            let code = (list, warning.value.clone().unwrap_or_default());
            if !held.codes.contains(&code) {
                held.has_new_code = true;
                if held.codes.len() < MOST_CODES_REMEMBERED {
                    held.codes.insert(code);
                }
            }
        }
    }
}
