//! Records held against the rows that the master table has.

use bytes::Bytes;
use memchr::memchr;
use tokio::sync::mpsc::Receiver;

/// The rows of a master table, passed through once beside a file that is sorted by key.
///
/// Rows are lines of COPY's text format on both sides, in which equal bytes are equal values: no
/// difference is ever overlooked, whatever the rows are and whatever their order. What is not found
/// because the order is another one counts as a difference.
pub(crate) struct Comparison {
    batches: Receiver<Bytes>,
    batch: Bytes,
    /// Where the row begins that the next record is held against.
    start: usize,
    key_bytes: usize,
}

impl Comparison {
    /// Takes rows in the order of the keys, which are the first so many bytes of each, the separator
    /// after the key among them.
    pub(crate) const fn new(batches: Receiver<Bytes>, key_bytes: usize) -> Self {
        Self {
            batches,
            batch: Bytes::new(),
            start: 0,
            key_bytes,
        }
    }

    /// Tells whether the master table has exactly this row. Rows are to be asked for in ascending
    /// order.
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

    /// Makes sure that there is a row, unless there are no more.
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

    /// Holds rows with keys of two bytes against the master table's, in batches of so many rows.
    fn found(master: &[&str], batch_rows: usize, asked: &[&str]) -> Vec<bool> {
        let (sender, batches) = channel(master.len() + 1);
        for rows in master.chunks(batch_rows) {
            let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
            sender.try_send(Bytes::from(lines)).unwrap();
        }
        drop(sender);
        let mut comparison = Comparison::new(batches, 3);
        asked
            .iter()
            .map(|row| comparison.has(row.as_bytes()))
            .collect()
    }

    #[test]
    fn rows_are_found_that_are_there_byte_by_byte() {
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
    fn longer_or_shorter_rows_are_others() {
        assert_eq!(found(&["AA\t1\\n2"], 1, &["AA\t1"]), [false]);
        assert_eq!(found(&["AA\t1"], 1, &["AA\t1\\n2"]), [false]);
        assert_eq!(found(&["A\t\tx", "AA\t1"], 1, &["AA\t1"]), [true]);
    }

    #[test]
    fn nothing_is_found_in_an_empty_table_or_twice() {
        assert_eq!(found(&[], 1, &["AA\t1"]), [false]);
        assert_eq!(found(&["AA\t1"], 1, &["AA\t1", "AA\t1"]), [true, false]);
    }
}
