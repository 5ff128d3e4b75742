//! Compares a file's records with the rows of the master table.

use bytes::Bytes;
use memchr::memchr;
use tokio::sync::mpsc::Receiver;

/// The rows of a master table, read once and in step with a file that is sorted by key.
///
/// Both sides are lines of COPY's text format, in which equal bytes mean equal values. So a difference
/// is never overlooked, whatever the order of the rows. In an unexpected order, a row that is not found
/// counts as different.
pub(crate) struct Diff {
    batches: Receiver<Bytes>,
    batch: Bytes,
    /// The start of the row that the next record is compared with.
    start: usize,
    key_bytes: usize,
}

impl Diff {
    /// Takes rows in the order of their keys. A key is the first `key_bytes` bytes of a row, including
    /// the separator after it.
    pub(crate) const fn new(batches: Receiver<Bytes>, key_bytes: usize) -> Self {
        Self {
            batches,
            batch: Bytes::new(),
            start: 0,
            key_bytes,
        }
    }

    /// Returns whether the master table has exactly this row. Ask for rows in ascending order.
    pub(crate) fn has(&mut self, row: &[u8]) -> bool {
        let key = &row[..self.key_bytes];
        while self.fill() {
            let rest = &self.batch[self.start..];
            if rest.starts_with(row) && rest.get(row.len()) == Some(&b'\n') {
                self.start += row.len() + 1;
                return true;
            }
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            if rest[..end.min(self.key_bytes)] > *key {
                return false;
            }
            self.start += end + 1;
        }
        false
    }

    /// Waits for the next batch if this one is used up. Returns whether there is a row.
    fn fill(&mut self) -> bool {
        while self.start >= self.batch.len() {
            let Some(batch) = self.batches.blocking_recv() else {
                return false;
            };
            self.batch = batch;
            self.start = 0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::channel;

    use super::*;

    /// Looks for rows with keys of two bytes in a master table that comes in batches of some rows.
    fn found(master: &[&str], batch_rows: usize, asked: &[&str]) -> Vec<bool> {
        let (sender, batches) = channel(master.len() + 1);
        for rows in master.chunks(batch_rows) {
            let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
            sender.try_send(Bytes::from(lines)).unwrap();
        }
        drop(sender);
        let mut diff = Diff::new(batches, 3);
        asked.iter().map(|row| diff.has(row.as_bytes())).collect()
    }

    #[test]
    fn only_equal_rows_are_found() {
        let master = ["BB\t1", "CC\t2", "DD\t3", "FF\t4"];
        let asked = [
            "AA\t1", "BB\t1", "CC\tx", "DD\t", "DD\t3", "EE\t3", "FF\t44", "GG\t4",
        ];
        for batch_rows in 1..=4 {
            let found = found(&master, batch_rows, &asked);
            let expected = [false, true, false, false, false, false, false, false];
            assert_eq!(found, expected, "{batch_rows} rows a batch");
        }
        assert_eq!(found(&master, 2, &master), [true; 4]);
    }

    #[test]
    fn longer_and_shorter_rows_are_different() {
        assert_eq!(found(&["AA\t1\\n2"], 1, &["AA\t1"]), [false]);
        assert_eq!(found(&["AA\t1"], 1, &["AA\t1\\n2"]), [false]);
        assert_eq!(found(&["A\t\tx", "AA\t1"], 1, &["AA\t1"]), [true]);
    }

    #[test]
    fn an_empty_table_has_no_row_and_a_row_is_found_once() {
        assert_eq!(found(&[], 1, &["AA\t1"]), [false]);
        assert_eq!(found(&["AA\t1"], 1, &["AA\t1", "AA\t1"]), [true, false]);
    }
}
