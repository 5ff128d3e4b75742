//! Chooses the records that differ from the unchanged day.

use crate::draw::{Draws, Purpose};

const ALL: u64 = 1_000;

/// Chooses exactly the given share of records, rounded down, spread over the whole file.
///
/// Divides the file into one run of records for each change, and draws one record from each run.
#[derive(Debug)]
pub(crate) struct Changes {
    seed: u64,
    purpose: Purpose,
    per_mille: u64,
    records: u64,
}

impl Changes {
    pub(crate) fn new(seed: u64, purpose: Purpose, per_mille: u16, records: u64) -> Self {
        let per_mille = per_mille.into();
        Self {
            seed,
            purpose,
            per_mille,
            records,
        }
    }

    /// Returns the number of changed records.
    pub(crate) const fn count(&self) -> u64 {
        self.records * self.per_mille / ALL
    }

    /// Returns the random draws that decide how the record with this index changes, if it changes.
    pub(crate) fn draws(&self, index: u64) -> Option<Draws> {
        if self.per_mille == 0 {
            return None;
        }
        let run = index * self.per_mille / ALL;
        if run >= self.count() {
            return None;
        }
        let mut draws = Draws::new(self.seed, self.purpose, run);
        let first = (run * ALL).div_ceil(self.per_mille);
        let end = ((run + 1) * ALL).div_ceil(self.per_mille);
        (draws.index(first, end) == index).then_some(draws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_share_changes() {
        for per_mille in [0, 1, 3, 20, 333, 500, 667, 999, 1_000] {
            for records in [1, 49, 50, 999, 1_000, 12_345] {
                let changes = Changes::new(7, Purpose::ChangedIssues, per_mille, records);
                let found = (0..records).filter(|&index| changes.draws(index).is_some());
                let share = records * u64::from(per_mille) / 1_000;
                assert_eq!(found.count() as u64, share, "{per_mille} of {records}");
                assert_eq!(changes.count(), share);
            }
        }
    }
}
