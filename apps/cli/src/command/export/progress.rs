//! Shows the progress of an export on a terminal, or logs it.

use std::time::Duration;

use cusip_postgres::Relation;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::number;

const TICK: Duration = Duration::from_millis(100);
const STYLE: &str = "{spinner} {msg:60!} {elapsed}";
const ROWS_OF_STEP: u64 = 10_000;
const ROWS_OF_LOG: u64 = 1_000_000;

/// Counts the rows of a view or table.
pub(super) struct Progress {
    relation: Relation,
    line: ProgressBar,
    rows: u64,
}

impl Progress {
    pub(super) fn start(relation: Relation) -> Self {
        // It draws nothing unless standard error is a terminal.
        let line = ProgressBar::new_spinner();
        line.set_style(ProgressStyle::with_template(STYLE).expect("the template is valid"));
        line.set_message(format!("exporting {relation}"));
        line.enable_steady_tick(TICK);
        Self {
            relation,
            line,
            rows: 0,
        }
    }

    pub(super) fn row(&mut self) {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_OF_STEP) {
            let (relation, rows) = (self.relation, number(self.rows));
            self.line
                .set_message(format!("exporting {relation} {rows}"));
        }
        if self.rows.is_multiple_of(ROWS_OF_LOG) {
            tracing::info!(relation = %self.relation, rows = self.rows, "exporting");
        }
    }

    /// Clears the line, and returns the number of rows.
    pub(super) fn finish(self) -> u64 {
        self.line.finish_and_clear();
        self.rows
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}
